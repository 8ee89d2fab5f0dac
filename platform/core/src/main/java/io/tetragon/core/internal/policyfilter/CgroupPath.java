// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The {@code cgroupsPath} of a container, in the two forms that runtimes use. */
final class CgroupPath {
    private static final int MAX_LENGTH = 4096;
    private static final int MAX_NAME = 255;
    private static final String SLICE = ".slice";
    private static final String DEFAULT_SLICE = "system.slice";

    private CgroupPath() {}

    /**
     * Returns the names of the folders that lead to the cgroup, from the root of the cgroups on: at least one.
     *
     * @throws TetragonException INVALID_ARGUMENT when it is no such path, or tries to leave the cgroups
     */
    static List<String> names(String path) throws TetragonException {
        if (path.isEmpty()) {
            throw wrong("", "it is empty", "the container's cgroup is known by it alone");
        }
        if (path.length() > MAX_LENGTH) {
            throw wrong(path.substring(0, 40) + "...", "it has " + path.length() + " characters",
                    "the limit is " + MAX_LENGTH);
        }
        List<String> parts = Arrays.asList(path.split(":", -1));
        boolean systemd = parts.size() == 3 && path.indexOf('/') < 0;
        List<String> names = systemd ? unit(path, parts) : Arrays.stream(path.split("/")).filter(s -> !s.isEmpty()).toList();
        if (names.isEmpty()) {
            throw wrong(path, "it is the root of all cgroups", "every process would be in the container");
        }
        for (String name : names) {
            if (name.equals(".") || name.equals("..") || name.length() > MAX_NAME
                    || name.chars().anyMatch(Character::isISOControl)) {
                throw wrong(path, "a name in it is no cgroup's", "give the path from the root of the cgroups");
            }
        }
        return names;
    }

    /** {@code slice:prefix:name}: each dash in a slice's name is one slice within another. */
    private static List<String> unit(String path, List<String> parts) throws TetragonException {
        String slice = parts.get(0).isEmpty() ? DEFAULT_SLICE : parts.get(0);
        if (!slice.endsWith(SLICE) || parts.get(2).isEmpty()) {
            throw wrong(path, "it is not slice:prefix:name of systemd", "a slice ends in " + SLICE);
        }
        List<String> names = new ArrayList<>();
        if (!slice.equals("-" + SLICE)) {
            String stem = slice.substring(0, slice.length() - SLICE.length());
            if (Arrays.stream(stem.split("-", -1)).anyMatch(String::isEmpty)) {
                throw wrong(path, "its slice has an empty name in it", "");
            }
            for (int dash = stem.indexOf('-'); dash >= 0; dash = stem.indexOf('-', dash + 1)) {
                names.add(stem.substring(0, dash) + SLICE);
            }
            names.add(slice);
        }
        String prefix = parts.get(1);
        String name = parts.get(2);
        names.add(name.endsWith(SLICE) ? name : (prefix.isEmpty() ? name : prefix + '-' + name) + ".scope");
        return names;
    }

    private static TetragonException wrong(String path, String why, String remedy) {
        return new TetragonException(Kind.INVALID_ARGUMENT, "cgroupsPath \"" + path.replaceAll("\\p{Cntrl}", "?") + '"', why,
                remedy);
    }
}
