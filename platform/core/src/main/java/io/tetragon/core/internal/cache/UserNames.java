// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.log.Log;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Names of users from {@code /etc/passwd}, for processes that share the host's mount and user namespaces; in any other
 * namespace the file means nothing. Looks for a change of the file at most once a second. Used by the reader's thread.
 */
public final class UserNames implements ProcessCache.ToUserName {
    private static final Log LOG = Log.of(UserNames.class);
    private static final Path PASSWD = Path.of("/etc/passwd");
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final @Nullable Namespaces host;
    private Map<Integer, String> names = Map.of();
    private @Nullable FileTime modified;
    private long checked = System.nanoTime() - CHECK_NANOS;

    private UserNames(@Nullable Namespaces host) {
        this.host = host;
    }

    /** Returns names for processes of the host. */
    public static UserNames ofHost(Namespaces host) {
        return new UserNames(host);
    }

    /** Returns no names at all. */
    public static UserNames none() {
        return new UserNames(null);
    }

    @Override
    public String of(ProcessDescription description) {
        Namespaces ns = description.namespaces;
        if (host == null || ns == null || ns.mnt() != host.mnt() || ns.user() != host.user()) {
            return "";
        }
        long now = System.nanoTime();
        if (now - checked >= CHECK_NANOS) {
            checked = now;
            refresh();
        }
        return names.getOrDefault(description.credentials.euid(), "");
    }

    private void refresh() {
        try {
            FileTime time = Files.getLastModifiedTime(PASSWD);
            if (time.equals(modified)) {
                return;
            }
            Map<Integer, String> read = new HashMap<>();
            for (String line : Files.readAllLines(PASSWD, StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", 4);
                if (fields.length == 4) {
                    put(read, fields[2], fields[0]);
                }
            }
            names = read;
            modified = time;
        } catch (IOException e) {
            LOG.debug("user names not read", "file", PASSWD, "reason", e.toString());
        }
    }

    /** The first name of a user id counts, as for the C library. */
    private static void put(Map<Integer, String> names, String id, String name) {
        try {
            names.putIfAbsent(Integer.parseUnsignedInt(id), name);
        } catch (NumberFormatException e) {
            LOG.debug("line of /etc/passwd ignored", "user", name, "reason", "its id is not a number");
        }
    }
}
