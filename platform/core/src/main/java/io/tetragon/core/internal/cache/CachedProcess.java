// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the process cache. What events show of it is final; its encodings are made by the first thread that needs
 * them (two may do it at once and one result is dropped); its place in the cache belongs to the reader's thread.
 */
final class CachedProcess implements Process {
    /** Rough cost in bytes of the objects of an entry, and of its encodings beyond the text they repeat. */
    private static final int FIXED_COST = 1000;
    private static final int CREDENTIALS_COST = 300;
    private static final int CAPABILITY_COST = 26;
    private static final int NAMESPACES_COST = 600;
    private static final int VARIABLE_COST = 80;

    private final ProcessEncoding encoding;
    private final int pid;
    private final long ktime;
    private final int nsPid;
    private final long startTimeNanos;
    private final int parentPid;
    private final long parentKtime;
    private final int auid;
    private final int flags;
    private final byte[] cwd;
    private final byte[] binary;
    private final byte[] arguments;
    private final @Nullable List<byte[]> environment;
    private final String docker;
    private final Credentials credentials;
    private final @Nullable Namespaces namespaces;
    private final String userName;
    private final int size;

    private volatile ProcessEncoding.@Nullable Pieces json;
    private volatile ProcessEncoding.@Nullable Pieces proto;

    /** References: one of its own while it lives, one of each child in the cache. Written by the reader's thread. */
    volatile int refcnt = 1;

    boolean alive = true;
    /** Whether one of the parent's references is this entry's. */
    boolean retainsParent;
    /** Rounds of the collector since it became unused. */
    int age;
    @Nullable CachedProcess nextInBucket;
    @Nullable CachedProcess nextOfPidBucket;
    /** Neighbours in the list that the entry is in. */
    @Nullable CachedProcess older;
    @Nullable CachedProcess newer;

    /** Makes an entry of what a sensor found out. */
    CachedProcess(ProcessEncoding encoding, ProcessDescription d, String userName) {
        this.encoding = encoding;
        pid = d.pid;
        ktime = d.ktime;
        nsPid = d.nsPid;
        startTimeNanos = d.startTimeNanos;
        parentPid = d.parentPid;
        parentKtime = d.parentKtime;
        auid = d.auid;
        flags = d.flags;
        cwd = d.cwd;
        binary = d.binary;
        arguments = d.arguments;
        environment = d.environment;
        docker = d.docker;
        credentials = d.credentials;
        namespaces = d.namespaces;
        this.userName = userName;
        size = estimate();
    }

    /** Makes an entry for a fork of {@code parent}: its data under an identity of its own. */
    CachedProcess(CachedProcess parent, int pid, int nsPid, long ktime, long startTimeNanos, boolean inInitTree) {
        encoding = parent.encoding;
        this.pid = pid;
        this.ktime = ktime;
        this.nsPid = nsPid;
        this.startTimeNanos = startTimeNanos;
        parentPid = parent.pid;
        parentKtime = parent.ktime;
        auid = parent.auid;
        flags = ProcessFlags.EXECVE | (inInitTree ? ProcessFlags.IN_INIT_TREE : 0);
        cwd = parent.cwd;
        binary = parent.binary;
        arguments = parent.arguments;
        environment = parent.environment;
        docker = parent.docker;
        credentials = parent.credentials;
        namespaces = parent.namespaces;
        userName = parent.userName;
        size = parent.size;
    }

    /** With its encodings; text shared with a parent is counted again. */
    @Override
    public int size() {
        return size;
    }

    private int estimate() {
        int sum = FIXED_COST + textCost(cwd) + textCost(binary) + textCost(arguments);
        List<byte[]> variables = environment;
        if (variables != null) {
            for (byte[] variable : variables) {
                sum += VARIABLE_COST + textCost(variable);
            }
        }
        if (encoding.withCredentials()) {
            sum += CREDENTIALS_COST + CAPABILITY_COST * (Long.bitCount(credentials.permitted())
                    + Long.bitCount(credentials.effective()) + Long.bitCount(credentials.inheritable()));
        }
        return encoding.withNamespaces() ? sum + NAMESPACES_COST : sum;
    }

    /** Text is kept as it is and in both encodings. */
    private static int textCost(byte[] text) {
        return (int) Math.min(Integer.MAX_VALUE / 4, 2L * text.length + JsonWriter.bound(text));
    }

    boolean is(int otherPid, long otherKtime) {
        return pid == otherPid && ktime == otherKtime;
    }

    @Override
    public void writeJson(JsonWriter out, int refcntNow, int tid, @Nullable BinaryProperties properties) {
        ProcessEncoding.Pieces p = json;
        if (p == null) {
            p = encoding.json(this);
            json = p;
        }
        out.beginObject().raw(p.head());
        if (refcntNow != 0) {
            out.name("refcnt").unsigned(refcntNow);
        }
        out.raw(p.middle()).name("tid").unsigned(tid).raw(p.credentials());
        if (properties != null) {
            out.name("binary_properties");
            properties.writeJson(out);
        }
        out.raw(p.tail()).endObject();
    }

    @Override
    public void writeProto(ProtoWriter out, int refcntNow, int tid, @Nullable BinaryProperties properties) {
        ProcessEncoding.Pieces p = proto;
        if (p == null) {
            p = encoding.proto(this);
            proto = p;
        }
        out.raw(p.head()).varint(13, Integer.toUnsignedLong(refcntNow)).raw(p.middle());
        out.wrapper(16, Integer.toUnsignedLong(tid)).raw(p.credentials());
        if (properties != null) {
            int mark = out.begin(18);
            properties.writeProto(out);
            out.end(mark);
        }
        out.raw(p.tail());
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public long ktime() {
        return ktime;
    }

    @Override
    public String execId() {
        return new String(encoding.execId(pid, ktime), StandardCharsets.US_ASCII);
    }

    @Override
    public String parentExecId() {
        return parentKtime == 0 ? ""
                : new String(encoding.execId(parentPid, parentKtime), StandardCharsets.US_ASCII);
    }

    @Override
    public int parentPid() {
        return parentPid;
    }

    @Override
    public long parentKtime() {
        return parentKtime;
    }

    @Override
    public int uid() {
        return credentials.euid();
    }

    @Override
    public int auid() {
        return auid;
    }

    @Override
    public String cwd() {
        return new String(cwd, StandardCharsets.UTF_8);
    }

    @Override
    public String binary() {
        return new String(binary, StandardCharsets.UTF_8);
    }

    @Override
    public String arguments() {
        return new String(arguments, StandardCharsets.UTF_8);
    }

    @Override
    public String flags() {
        return ProcessFlags.words(flags);
    }

    @Override
    public long startTimeNanos() {
        return startTimeNanos;
    }

    @Override
    public String docker() {
        return docker;
    }

    @Override
    public int nsPid() {
        return nsPid;
    }

    @Override
    public boolean inInitTree() {
        return (flags & ProcessFlags.IN_INIT_TREE) != 0;
    }

    @Override
    public long effectiveCapabilities() {
        return credentials.effective();
    }

    @Override
    public long permittedCapabilities() {
        return credentials.permitted();
    }

    @Override
    public long inheritableCapabilities() {
        return credentials.inheritable();
    }

    @Override
    public int refcnt() {
        return refcnt;
    }

    byte[] cwdBytes() {
        return cwd;
    }

    byte[] binaryBytes() {
        return binary;
    }

    byte[] argumentsBytes() {
        return arguments;
    }

    int flagBits() {
        return flags;
    }

    Credentials credentials() {
        return credentials;
    }

    @Nullable Namespaces namespaces() {
        return namespaces;
    }

    @Nullable List<byte[]> environment() {
        return environment;
    }

    String userName() {
        return userName;
    }
}
