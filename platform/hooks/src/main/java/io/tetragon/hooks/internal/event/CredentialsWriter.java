// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.internal.abi.ArgCred;
import io.tetragon.hooks.internal.abi.ArgUserNamespace;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.SecureBitsType;

/** Writes credentials and user namespaces. */
final class CredentialsWriter {
    /** Fields of ProcessCredentials: the ids in this order, from 1 on. */
    private static final String[] IDS = {"uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid"};
    private static final int[] ID_OFFSETS = {ArgCred.CRED_UID, ArgCred.CRED_GID, ArgCred.CRED_EUID, ArgCred.CRED_EGID,
        ArgCred.CRED_SUID, ArgCred.CRED_SGID, ArgCred.CRED_FSUID, ArgCred.CRED_FSGID};
    /** All bits that have a name. */
    private static final int SECURE_BITS = 0xFF;

    private CredentialsWriter() {}

    static void credentials(MessageWriter out, byte[] area, int at) {
        int mark = out.begin(19, "process_credentials_arg");
        for (int i = 0; i < IDS.length; i++) {
            out.uint32Value(i + 1, IDS[i], ArgumentArea.getInt(area, at + ID_OFFSETS[i]));
        }
        int bits = ArgumentArea.getInt(area, at + ArgCred.CRED_SECUREBITS);
        if ((bits & SECURE_BITS) != 0) {
            int list = out.beginEnums(9, "securebits");
            for (SecureBitsType type : KernelNames.SECURE_BITS) {
                if (type != SecureBitsType.UNRECOGNIZED && (bits & type.getNumber()) != 0) {
                    out.enumElement(type.getNumber(), type.name());
                }
            }
            out.endEnums(list);
        }
        int caps = out.begin(10, "caps");
        capabilities(out, 1, "permitted", ArgumentArea.getLong(area, at + ArgCred.CRED_CAPS_PERMITTED));
        capabilities(out, 2, "effective", ArgumentArea.getLong(area, at + ArgCred.CRED_CAPS_EFFECTIVE));
        capabilities(out, 3, "inheritable", ArgumentArea.getLong(area, at + ArgCred.CRED_CAPS_INHERITABLE));
        out.end(caps);
        userNamespace(out, out.begin(11, "user_ns"), ArgumentArea.getInt(area, at + ArgCred.USERNS_LEVEL),
                ArgumentArea.getInt(area, at + ArgCred.USERNS_UID), ArgumentArea.getInt(area, at + ArgCred.USERNS_GID),
                ArgumentArea.getInt(area, at + ArgCred.USERNS_INUM));
        out.end(mark);
    }

    static void userNamespace(MessageWriter out, byte[] area, int at) {
        userNamespace(out, out.begin(20, "user_ns_arg"), ArgumentArea.getInt(area, at + ArgUserNamespace.LEVEL),
                ArgumentArea.getInt(area, at + ArgUserNamespace.UID), ArgumentArea.getInt(area, at + ArgUserNamespace.GID),
                ArgumentArea.getInt(area, at + ArgUserNamespace.INUM));
    }

    private static void userNamespace(MessageWriter out, int mark, int level, int uid, int gid, int inum) {
        out.int32Value(1, "level", level);
        out.uint32Value(2, "uid", uid);
        out.uint32Value(3, "gid", gid);
        int ns = out.begin(4, "ns");
        out.uint32(1, "inum", inum);
        out.bool(2, "is_host", level == 0);
        out.end(ns);
        out.end(mark);
    }

    private static void capabilities(MessageWriter out, int field, String name, long bits) {
        long known = bits & (1L << KernelNames.CAPABILITIES.length) - 1;
        if (known == 0) {
            return;
        }
        int list = out.beginEnums(field, name);
        for (CapabilitiesType type : KernelNames.CAPABILITIES) {
            if ((known >>> type.getNumber() & 1) != 0) {
                out.enumElement(type.getNumber(), type.name());
            }
        }
        out.endEnums(list);
    }
}
