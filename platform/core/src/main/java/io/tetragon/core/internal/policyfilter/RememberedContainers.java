// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.log.Log;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The containers that the next agent is to know from its beginning, a file for each in the run directory. Where sensors are
 * kept, a policy for some containers would otherwise end for them with the restart: nobody announces a container twice.
 *
 * <p>A file is complete or not there, and is only believed while its cgroup exists and the machine was not booted anew. What
 * cannot be written is a warning: the container is restricted all the same, until this agent ends. Used by one thread at a time.
 */
final class RememberedContainers {
    private static final Log LOG = Log.of(RememberedContainers.class);

    private static final String DRAFT = "draft";
    private static final int FORMAT = 1;
    /** Labels of a pod may be as long as a request. */
    private static final int BYTES_MAX = 8 << 20;

    private final Path folder;
    private final String boot;

    private RememberedContainers(Path folder, String boot) {
        this.folder = folder;
        this.boot = boot;
    }

    /** Opens the folder; null where it is not to be had. */
    static @Nullable RememberedContainers open(Path folder) {
        try {
            Files.createDirectories(folder.toAbsolutePath().getParent());
            try {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                require(isOwn(folder));
            }
            return new RememberedContainers(folder, boot());
        } catch (IOException e) {
            LOG.warn("containers are not remembered for the next agent: policies for some of them end with this one",
                    "folder", folder, "reason", e.toString(), "remedy", "make the run directory one of the agent's own");
            return null;
        }
    }

    /** Returns those of an earlier agent that are there still, and forgets the others. */
    List<Container> read() {
        List<Container> found = new ArrayList<>();
        try {
            for (Path file : files(folder)) {
                Container container = container(file);
                if (container != null && CgroupTree.exists(container.cgroup()) && file(container).equals(file)) {
                    found.add(container);
                } else {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("not all containers that an earlier agent knew are known", "folder", folder, "reason", e.toString());
        }
        return found;
    }

    /** Removes the folder and everything in it. */
    static void forgetAll(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            require(isOwn(folder));
            for (Path file : files(folder)) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            LOG.warn("remembered containers stay", "folder", folder, "reason", e.toString());
        }
    }

    void put(Container container) {
        try {
            Path draft = folder.resolve(DRAFT);
            Files.write(draft, bytes(container));
            Files.move(draft, file(container), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("container is not remembered for the next agent", "container", container.id(), "reason", e.toString());
        }
    }

    void remove(Container container) {
        try {
            Files.deleteIfExists(file(container));
        } catch (IOException e) {
            LOG.warn("container stays remembered", "container", container.id(), "reason", e.toString());
        }
    }

    private Path file(Container container) {
        return folder.resolve(Long.toUnsignedString(container.cgroup().id()));
    }

    private byte[] bytes(Container container) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(FORMAT);
        out.writeUTF(boot);
        out.writeLong(container.cgroup().id());
        out.writeInt(container.cgroup().level());
        for (String text : List.of(container.cgroup().folder().toString(), container.id(), container.namespace(), container.pod())) {
            out.writeUTF(text);
        }
        for (Map<String, String> labels : List.of(container.podLabels(), container.labels())) {
            out.writeInt(labels.size());
            for (Map.Entry<String, String> label : labels.entrySet()) {
                out.writeUTF(label.getKey());
                out.writeUTF(label.getValue());
            }
        }
        return bytes.toByteArray();
    }

    /** Null where the file says nothing that is worth anything now. */
    private @Nullable Container container(Path file) {
        if (file.endsWith(DRAFT)) {
            return null;
        }
        try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(stream.readNBytes(BYTES_MAX)));
            if (in.readInt() != FORMAT || !in.readUTF().equals(boot)) {
                return null;
            }
            long cgroup = in.readLong();
            int level = in.readInt();
            Path place = Path.of(in.readUTF());
            String id = in.readUTF();
            String namespace = in.readUTF();
            String pod = in.readUTF();
            return new Container(id, new Cgroup(cgroup, level, place), namespace, pod, labels(in), labels(in));
        } catch (IOException e) {
            LOG.warn("file of a container is not believed", "file", file, "reason", e.toString());
            return null;
        }
    }

    private static Map<String, String> labels(DataInputStream in) throws IOException {
        Map<String, String> labels = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            labels.put(in.readUTF(), in.readUTF());
        }
        return labels;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static void require(boolean own) throws IOException {
        if (!own) {
            throw new IOException("it is no directory of the agent's user that others cannot write to");
        }
    }

    private static boolean isOwn(Path folder) throws IOException {
        Map<String, Object> known = Files.readAttributes(folder, "unix:isDirectory,uid,mode", LinkOption.NOFOLLOW_LINKS);
        return Boolean.TRUE.equals(known.get("isDirectory"))
                && Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(known.get("uid"))
                && ((Integer) known.get("mode") & 022) == 0;
    }

    private static String boot() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }
}
