// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.log.Log;
import io.tetragon.core.PolicyKey;
import io.tetragon.policy.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which the policies of clients survive the agent, a file for each. A file is complete or not there: it is
 * written beside its place, out of view, brought to the disk and renamed, and so is the folder. Only the owner, who is the
 * agent, may enter it; links are not followed, and a file that others could have written is not believed.
 *
 * <p>For one thread at a time.
 */
final class PolicyStore {
    private static final Log LOG = Log.of(PolicyStore.class);

    private static final String SUFFIX = ".policy";
    private static final String DRAFT = ".draft-";
    private static final int NAME_SHOWN = 100;
    private static final int DIGITS = 32;
    private static final Set<PosixFilePermission> OTHERS_MAY_WRITE =
            EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /**
     * A file of the folder.
     *
     * @param policy null where the file is not to be believed
     * @param why then, in a few words
     */
    record Found(String file, @Nullable KeptPolicy policy, String why) {}

    private final Path folder;
    private final Object owner;
    private long nextOrder = 1;

    private PolicyStore(Path folder, Object owner) {
        this.folder = folder;
        this.owner = owner;
    }

    /**
     * Opens the folder, which is made if it is not there, and removes what an agent left half written.
     *
     * @throws TetragonException FAILED_PRECONDITION if it cannot be used, or others could write into it
     */
    static PolicyStore open(Path folder) throws TetragonException {
        try {
            PolicyStore store = new PolicyStore(folder.toAbsolutePath(), Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            store.requireFolder();
            try (Stream<Path> files = Files.list(store.folder)) {
                for (Path draft : files.filter(file -> file.getFileName().toString().startsWith(DRAFT)).toList()) {
                    Files.delete(draft);
                }
            }
            return store;
        } catch (IOException e) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, "open --persist-grpc-policies-dir=" + folder, reason(e),
                    "name a directory on a file system that can be written", e);
        }
    }

    private void requireFolder() throws IOException, TetragonException {
        try {
            Files.createDirectories(folder.getParent());
            Files.createDirectory(folder, FOLDER_MODE);
        } catch (FileAlreadyExistsException e) {
            LOG.debug("folder of policies is there", "folder", folder);
        }
        String why = distrust(folder, "isDirectory", "a directory");
        if (!why.isEmpty()) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, "use --persist-grpc-policies-dir=" + folder, why,
                    "whoever can write there could load policies: make it a directory of the agent's user with mode 0700");
        }
    }

    /** Says why something is not believed, empty if it is. */
    private String distrust(Path path, String kind, String kindInWords) throws IOException {
        Map<String, Object> known = Files.readAttributes(path, "unix:permissions,uid," + kind, LinkOption.NOFOLLOW_LINKS);
        if (!Boolean.TRUE.equals(known.get(kind))) {
            return "it is not " + kindInWords;
        }
        if (!owner.equals(known.get("uid"))) {
            return "it belongs to user " + known.get("uid");
        }
        boolean writable = ((Set<?>) known.get("permissions")).stream().anyMatch(OTHERS_MAY_WRITE::contains);
        return writable ? "others may write it" : "";
    }

    /**
     * Returns the policies in the order of their coming, then the files that are damaged. Files that no agent wrote, by their
     * names, are left alone.
     */
    List<Found> read() throws TetragonException {
        List<Found> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(SUFFIX) && !name.startsWith(".")) {
                    all.add(found(file, name));
                } else {
                    LOG.warn("file is left alone: it is no policy that the agent keeps", "file", file);
                }
            }
        } catch (IOException e) {
            throw failure("read the folder " + folder, e);
        }
        all.sort(Comparator.comparing(found -> found.policy() == null ? Long.MAX_VALUE : found.policy().order()));
        return all;
    }

    private Found found(Path file, String name) {
        try {
            String why = distrust(file, "isRegularFile", "a regular file");
            if (!why.isEmpty()) {
                return new Found(name, null, why);
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                bytes = in.readNBytes(KeptPolicy.HEAD_MAX + Limits.POLICY_BYTES + 1);
            }
            KeptPolicy policy = KeptPolicy.of(bytes);
            if (policy == null) {
                return new Found(name, null, "it is damaged, or was changed by hand");
            }
            nextOrder = Math.max(nextOrder, policy.order() + 1);
            return new Found(name, policy, "");
        } catch (IOException e) {
            return new Found(name, null, "it cannot be read: " + reason(e));
        }
    }

    /** Returns the number of the next policy. */
    long nextOrder() {
        return nextOrder++;
    }

    /** Returns the name of a policy's file: readable, and another one for each policy, whatever the policy is called. */
    static String fileOf(PolicyKey key) {
        String all = key.domain() + '\0' + key.namespace() + '\0' + key.name();
        String digest = HexFormat.of().formatHex(KeptPolicy.sha256().digest(all.getBytes(StandardCharsets.UTF_8)));
        String shown = key.name().replaceAll("[^A-Za-z0-9.-]", "_").replaceAll("^\\.", "_");
        return shown.substring(0, Math.min(NAME_SHOWN, shown.length())) + '-' + digest.substring(0, DIGITS) + SUFFIX;
    }

    /** Writes a policy, in the place of what is there; when this returns it is on the disk. After a failure nothing changed. */
    void write(String file, KeptPolicy policy) throws TetragonException {
        Path draft = folder.resolve(DRAFT + file);
        try {
            requireFolder();
            Files.deleteIfExists(draft);
            try (FileChannel out = FileChannel.open(draft,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS), FILE_MODE)) {
                ByteBuffer bytes = ByteBuffer.wrap(policy.bytes());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(draft, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder();
        } catch (IOException e) {
            try {
                Files.deleteIfExists(draft);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw failure("keep the policy in " + folder, e);
        }
    }

    /** Removes a file; that it is gone already is no failure. */
    void remove(String file) throws TetragonException {
        try {
            Files.deleteIfExists(folder.resolve(file));
            syncFolder();
        } catch (NoSuchFileException e) {
            LOG.debug("folder of policies is gone", "folder", folder);
        } catch (IOException e) {
            throw failure("remove " + folder.resolve(file), e);
        }
    }

    private void syncFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static TetragonException failure(String what, IOException e) {
        String why = reason(e);
        boolean full = why.contains("space left") || why.contains("quota");
        return new TetragonException(full ? Kind.RESOURCE_EXHAUSTED : Kind.FAILED_PRECONDITION, what, why,
                full ? "make room there" : "correct the file system, or start the agent without --persist-grpc-policies", e);
    }

    /** The messages of some are nothing but the file's name. */
    private static String reason(IOException e) {
        String kind = e.getClass().getSimpleName();
        return kind.equals("IOException") || kind.equals("FileSystemException") ? String.valueOf(e.getMessage())
                : kind + ' ' + e.getMessage();
    }
}
