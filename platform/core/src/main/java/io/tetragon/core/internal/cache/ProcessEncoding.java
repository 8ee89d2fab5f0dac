// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessFlags;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.SecureBitsType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Encodes what never changes of a process, in the four pieces between which an event puts its own members: refcnt behind
 * the head, tid behind the middle, binary_properties behind the credentials.
 *
 * @param nodeName first part of every exec_id
 * @param withCredentials whether capabilities and credentials are shown
 * @param withNamespaces whether namespaces are shown
 * @param hostNamespaces those of the host's init, which a process shares or not
 */
public record ProcessEncoding(
        String nodeName, boolean withCredentials, boolean withNamespaces, Namespaces hostNamespaces) {
    private static final CapabilitiesType[] CAPABILITIES = capabilities();
    private static final SecureBitsType[] SECUREBITS_TYPES = securebits();
    /** All bits that have a name. */
    private static final int SECUREBITS = 0xFF;

    /** Name of an environment entry that has none. */
    private static final byte[] INVALID = "invalid".getBytes(StandardCharsets.US_ASCII);

    /** The pieces of one process in one format. */
    record Pieces(byte[] head, byte[] middle, byte[] credentials, byte[] tail) {}

    /** Returns base64 of {@code node:ktime:pid}, in ASCII. */
    byte[] execId(int pid, long ktime) {
        JsonWriter plain = new JsonWriter(nodeName.length() + 40);
        for (byte b : nodeName.getBytes(StandardCharsets.UTF_8)) {
            plain.put(b);
        }
        plain.put((byte) ':').digits(ktime).put((byte) ':').digits(Integer.toUnsignedLong(pid));
        return Base64.getEncoder().encode(plain.toByteArray());
    }

    Pieces json(CachedProcess p) {
        JsonWriter out = new JsonWriter(512);
        out.name("exec_id").string(execId(p.pid(), p.ktime()));
        out.name("pid").unsigned(p.pid()).name("uid").unsigned(p.uid());
        text(out, "cwd", p.cwdBytes());
        text(out, "binary", p.binaryBytes());
        text(out, "arguments", p.argumentsBytes());
        out.name("flags").string(ProcessFlags.words(p.flagBits()));
        out.name("start_time").timestamp(p.startTimeNanos());
        out.name("auid").unsigned(p.auid());
        text(out, "docker", p.docker().getBytes(StandardCharsets.UTF_8));
        if (p.parentKtime() != 0) {
            out.name("parent_exec_id").string(execId(p.parentPid(), p.parentKtime()));
        }
        byte[] head = take(out);

        if (withCredentials) {
            out.name("cap").beginObject();
            capabilities(out, "permitted", p.permittedCapabilities());
            capabilities(out, "effective", p.effectiveCapabilities());
            capabilities(out, "inheritable", p.inheritableCapabilities());
            out.endObject();
        }
        Namespaces ns = p.namespaces();
        if (withNamespaces && ns != null) {
            out.name("ns").beginObject();
            for (Ns kind : Ns.ALL) {
                int inum = kind.of(ns);
                if (inum != 0) {
                    out.name(kind.name()).beginObject().name("inum").unsigned(inum);
                    if (inum == kind.of(hostNamespaces)) {
                        out.name("is_host").bool(true);
                    }
                    out.endObject();
                }
            }
            out.endObject();
        }
        byte[] middle = take(out);

        if (withCredentials) {
            Credentials c = p.credentials();
            out.name("process_credentials").beginObject();
            out.name("uid").unsigned(c.uid()).name("gid").unsigned(c.gid());
            out.name("euid").unsigned(c.euid()).name("egid").unsigned(c.egid());
            out.name("suid").unsigned(c.suid()).name("sgid").unsigned(c.sgid());
            out.name("fsuid").unsigned(c.fsuid()).name("fsgid").unsigned(c.fsgid());
            if ((c.securebits() & SECUREBITS) != 0) {
                out.name("securebits").beginArray();
                for (SecureBitsType type : SECUREBITS_TYPES) {
                    if ((c.securebits() & type.getNumber()) != 0) {
                        out.string(type.name());
                    }
                }
                out.endArray();
            }
            out.endObject();
        }
        byte[] credentials = take(out);

        if (!p.userName().isEmpty()) {
            out.name("user").beginObject().name("name").string(p.userName()).endObject();
        }
        out.name("in_init_tree").bool(p.inInitTree());
        List<byte[]> environment = p.environment();
        if (environment != null && !environment.isEmpty()) {
            out.name("environment_variables").beginArray();
            for (byte[] variable : environment) {
                int equals = indexOfEquals(variable);
                out.beginObject();
                if (equals < 0) {
                    out.name("Key").string("invalid");
                } else if (equals > 0) {
                    out.name("Key").string(variable, 0, equals);
                }
                if (equals + 1 < variable.length) {
                    out.name("Value").string(variable, equals + 1, variable.length - equals - 1);
                }
                out.endObject();
            }
            out.endArray();
        }
        return new Pieces(head, middle, credentials, take(out));
    }

    Pieces proto(CachedProcess p) {
        ProtoWriter out = new ProtoWriter(512);
        out.bytes(1, execId(p.pid(), p.ktime()));
        out.wrapper(2, Integer.toUnsignedLong(p.pid())).wrapper(3, Integer.toUnsignedLong(p.uid()));
        out.bytes(4, p.cwdBytes()).bytes(5, p.binaryBytes()).bytes(6, p.argumentsBytes());
        out.string(7, ProcessFlags.words(p.flagBits()));
        out.timestamp(8, p.startTimeNanos()).wrapper(9, Integer.toUnsignedLong(p.auid()));
        out.string(11, p.docker());
        if (p.parentKtime() != 0) {
            out.bytes(12, execId(p.parentPid(), p.parentKtime()));
        }
        byte[] head = take(out);

        if (withCredentials) {
            int cap = out.begin(14);
            capabilities(out, 1, p.permittedCapabilities());
            capabilities(out, 2, p.effectiveCapabilities());
            capabilities(out, 3, p.inheritableCapabilities());
            out.end(cap);
        }
        Namespaces ns = p.namespaces();
        if (withNamespaces && ns != null) {
            int all = out.begin(15);
            for (Ns kind : Ns.ALL) {
                int inum = kind.of(ns);
                if (inum != 0) {
                    int one = out.begin(kind.ordinal() + 1);
                    out.varint(1, Integer.toUnsignedLong(inum)).bool(2, inum == kind.of(hostNamespaces)).end(one);
                }
            }
            out.end(all);
        }
        byte[] middle = take(out);

        if (withCredentials) {
            Credentials c = p.credentials();
            int creds = out.begin(17);
            int[] ids = {c.uid(), c.gid(), c.euid(), c.egid(), c.suid(), c.sgid(), c.fsuid(), c.fsgid()};
            for (int i = 0; i < ids.length; i++) {
                out.wrapper(i + 1, Integer.toUnsignedLong(ids[i]));
            }
            if ((c.securebits() & SECUREBITS) != 0) {
                int list = out.begin(9);
                for (SecureBitsType type : SECUREBITS_TYPES) {
                    if ((c.securebits() & type.getNumber()) != 0) {
                        out.packed(type.getNumber());
                    }
                }
                out.end(list);
            }
            out.end(creds);
        }
        byte[] credentials = take(out);

        if (!p.userName().isEmpty()) {
            int user = out.begin(19);
            out.string(1, p.userName()).end(user);
        }
        out.wrapper(20, p.inInitTree() ? 1 : 0);
        List<byte[]> environment = p.environment();
        if (environment != null) {
            for (byte[] variable : environment) {
                int one = out.begin(21);
                int equals = indexOfEquals(variable);
                out.bytes(1, equals < 0 ? INVALID : Arrays.copyOf(variable, equals));
                out.bytes(2, Arrays.copyOfRange(variable, equals + 1, variable.length)).end(one);
            }
        }
        return new Pieces(head, middle, credentials, take(out));
    }

    private static void text(JsonWriter out, String name, byte[] value) {
        if (value.length != 0) {
            out.name(name).string(value);
        }
    }

    private static int indexOfEquals(byte[] variable) {
        for (int i = 0; i < variable.length; i++) {
            if (variable[i] == '=') {
                return i;
            }
        }
        return -1;
    }

    private static void capabilities(JsonWriter out, String name, long bits) {
        if (bits == 0) {
            return;
        }
        out.name(name).beginArray();
        for (CapabilitiesType capability : CAPABILITIES) {
            if ((bits >>> capability.getNumber() & 1) != 0) {
                out.string(capability.name());
            }
        }
        out.endArray();
    }

    private static void capabilities(ProtoWriter out, int field, long bits) {
        if (bits == 0) {
            return;
        }
        int list = out.begin(field);
        for (CapabilitiesType capability : CAPABILITIES) {
            if ((bits >>> capability.getNumber() & 1) != 0) {
                out.packed(capability.getNumber());
            }
        }
        out.end(list);
    }

    private static CapabilitiesType[] capabilities() {
        return Arrays.stream(CapabilitiesType.values())
                .filter(c -> c != CapabilitiesType.UNRECOGNIZED)
                .toArray(CapabilitiesType[]::new);
    }

    private static SecureBitsType[] securebits() {
        return Arrays.stream(SecureBitsType.values())
                .filter(t -> t != SecureBitsType.UNRECOGNIZED && t != SecureBitsType.SecBitNotSet)
                .toArray(SecureBitsType[]::new);
    }

    private static byte[] take(JsonWriter out) {
        byte[] piece = out.toByteArray();
        out.truncate(0);
        return piece;
    }

    private static byte[] take(ProtoWriter out) {
        byte[] piece = out.toByteArray();
        out.reset();
        return piece;
    }

    /** The namespaces in the order of their fields. */
    private enum Ns {
        uts,
        ipc,
        mnt,
        pid,
        pid_for_children,
        net,
        time,
        time_for_children,
        cgroup,
        user;

        static final Ns[] ALL = values();

        int of(Namespaces ns) {
            return switch (this) {
                case uts -> ns.uts();
                case ipc -> ns.ipc();
                case mnt -> ns.mnt();
                case pid -> ns.pid();
                case pid_for_children -> ns.pidForChildren();
                case net -> ns.net();
                case time -> ns.time();
                case time_for_children -> ns.timeForChildren();
                case cgroup -> ns.cgroup();
                case user -> ns.user();
            };
        }
    }
}
