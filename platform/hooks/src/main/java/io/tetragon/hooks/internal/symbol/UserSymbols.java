// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

import io.tetragon.elf.FunctionMap;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names addresses in processes: the file that is mapped there, and its function. Files are opened by the links in
 * {@code map_files}, which lead to what is really mapped, whatever a path may have become, and only where they are regular.
 * Their functions are kept by device, inode and time, the longest unused going first. For one thread; it may block for as
 * long as the file systems of the machine do.
 */
public final class UserSymbols {
    private static final int MAX_FILES = 256;
    private static final long MAX_BYTES = 32 << 20;

    private record FileKey(long device, long inode, FileTime modified, long size) {}

    private final Path procfs;
    /** By last use. */
    private final LinkedHashMap<FileKey, FunctionMap> files = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** @param procfs where procfs is mounted */
    public UserSymbols(Path procfs) {
        this.procfs = procfs;
    }

    /** Returns a frame for each address; all unknown when the process is gone. */
    public StackFrame[] frames(int pid, long[] addresses) {
        Path process = procfs.resolve(Integer.toUnsignedString(pid));
        StackFrame[] frames = new StackFrame[addresses.length];
        try {
            ProcessMaps maps = ProcessMaps.read(process);
            for (int i = 0; i < frames.length; i++) {
                frames[i] = frame(process, maps.find(addresses[i]), addresses[i]);
            }
        } catch (IOException e) {
            // The process ended: its addresses mean nothing any more, and that is what is said of them.
            for (int i = 0; i < frames.length; i++) {
                frames[i] = StackFrame.unknown(addresses[i]);
            }
        }
        return frames;
    }

    long bytes() {
        return bytes;
    }

    int files() {
        return files.size();
    }

    private StackFrame frame(Path process, ProcessMaps.@Nullable Mapping mapping, long address) {
        if (mapping == null) {
            return StackFrame.unknown(address);
        }
        long offset = address - mapping.start() + mapping.offset();
        String symbol = mapping.isFile() ? symbols(process.resolve("map_files").resolve(mapping.range())).at(offset) : "";
        return new StackFrame(address, offset, symbol, mapping.path());
    }

    private FunctionMap symbols(Path link) {
        try {
            Map<String, Object> attributes = Files.readAttributes(link, "unix:dev,ino,lastModifiedTime,size,isRegularFile");
            if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
                return FunctionMap.NONE;
            }
            FileKey key = new FileKey(((Number) attributes.get("dev")).longValue(),
                    ((Number) attributes.get("ino")).longValue(), (FileTime) attributes.get("lastModifiedTime"),
                    ((Number) attributes.get("size")).longValue());
            FunctionMap known = files.get(key);
            if (known == null) {
                known = read(link);
                keep(key, known);
            }
            return known;
        } catch (IOException e) {
            // Gone, or not ours to read: the module's name is all there is to say.
            return FunctionMap.NONE;
        }
    }

    private static FunctionMap read(Path link) throws IOException {
        try (FileChannel file = FileChannel.open(link, StandardOpenOption.READ)) {
            return FunctionMap.read(file);
        }
    }

    private void keep(FileKey key, FunctionMap symbols) {
        files.put(key, symbols);
        bytes += symbols.bytes();
        Iterator<FunctionMap> oldest = files.values().iterator();
        while (files.size() > 1 && (files.size() > MAX_FILES || bytes > MAX_BYTES)) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }
}
