// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/** The types of arguments. Words that mean the same are one type. */
public enum ArgumentType {
    /** Deduced: from the tracepoint's format, or from the type that {@code resolve} ends at. */
    AUTO(ArgumentClass.UNKNOWN, 0, false, "auto"),
    INT32(ArgumentClass.INTEGER, 32, true, "int", "int32", "sint32"),
    UINT32(ArgumentClass.INTEGER, 32, false, "uint32"),
    INT8(ArgumentClass.INTEGER, 8, true, "int8", "sint8"),
    UINT8(ArgumentClass.INTEGER, 8, false, "uint8"),
    INT16(ArgumentClass.INTEGER, 16, true, "int16", "sint16"),
    UINT16(ArgumentClass.INTEGER, 16, false, "uint16"),
    INT64(ArgumentClass.INTEGER, 64, true, "int64", "sint64", "long"),
    UINT64(ArgumentClass.INTEGER, 64, false, "uint64", "ulong"),
    SIZE(ArgumentClass.INTEGER, 64, false, "size_t"),
    /** A system call number with its ABI in the bits above. */
    SYSCALL64(ArgumentClass.INTEGER, 64, false, "syscall64"),
    /** The command of bpf(2), an integer shown by name. */
    BPF_CMD(ArgumentClass.INTEGER, 32, true, "bpf_cmd"),
    STRING(ArgumentClass.TEXT, "string"),
    CHAR_BUF(ArgumentClass.TEXT, "char_buf"),
    CHAR_IOVEC(ArgumentClass.TEXT, "char_iovec"),
    /** A string that a tracepoint keeps behind its fixed fields. */
    DATA_LOC(ArgumentClass.TEXT, "data_loc"),
    NET_DEVICE(ArgumentClass.TEXT, "net_device"),
    FILENAME(ArgumentClass.TEXT, "filename"),
    FD(ArgumentClass.PATH, "fd"),
    FILE(ArgumentClass.PATH, "file"),
    PATH(ArgumentClass.PATH, "path"),
    DENTRY(ArgumentClass.PATH, "dentry"),
    KIOCB(ArgumentClass.PATH, "kiocb"),
    LINUX_BINPRM(ArgumentClass.PATH, "linux_binprm"),
    SKB(ArgumentClass.SOCKET, "skb"),
    SOCK(ArgumentClass.SOCKET, "sock"),
    SOCKET(ArgumentClass.SOCKET, "socket"),
    SOCKADDR(ArgumentClass.SOCKET_ADDRESS, "sockaddr"),
    SOCKADDR_UN(ArgumentClass.UNIX_ADDRESS, "sockaddr_un"),
    KERNEL_CAP_T(ArgumentClass.CAPABILITIES, "kernel_cap_t"),
    CAP_INHERITABLE(ArgumentClass.CAPABILITIES, "cap_inheritable"),
    CAP_PERMITTED(ArgumentClass.CAPABILITIES, "cap_permitted"),
    CAP_EFFECTIVE(ArgumentClass.CAPABILITIES, "cap_effective"),
    CAPABILITY(ArgumentClass.OPAQUE, "capability"),
    CRED(ArgumentClass.OPAQUE, "cred"),
    USER_NAMESPACE(ArgumentClass.OPAQUE, "user_namespace"),
    IOV_ITER(ArgumentClass.OPAQUE, "iov_iter"),
    CONST_BUF(ArgumentClass.OPAQUE, "const_buf"),
    BPF_ATTR(ArgumentClass.OPAQUE, "bpf_attr"),
    BPF_MAP(ArgumentClass.OPAQUE, "bpf_map"),
    BPF_PROG(ArgumentClass.OPAQUE, "bpf_prog"),
    PERF_EVENT(ArgumentClass.OPAQUE, "perf_event"),
    LOAD_INFO(ArgumentClass.OPAQUE, "load_info"),
    MODULE(ArgumentClass.OPAQUE, "module"),
    /** Takes part in the hook, but is not in its events. */
    NOP(ArgumentClass.OPAQUE, "nop");

    private final ArgumentClass valueClass;
    private final int bits;
    private final boolean signed;
    private final List<String> words;

    ArgumentType(ArgumentClass valueClass, String... words) {
        this(valueClass, 0, false, words);
    }

    ArgumentType(ArgumentClass valueClass, int bits, boolean signed, String... words) {
        this.valueClass = valueClass;
        this.bits = bits;
        this.signed = signed;
        this.words = List.of(words);
    }

    /** Returns what its values are compared as. */
    public ArgumentClass valueClass() {
        return valueClass;
    }

    /** Returns the width of an integer in bits; 0 for everything else. */
    public int bits() {
        return bits;
    }

    /** Returns whether an integer is signed. */
    public boolean signed() {
        return signed;
    }

    /** Returns the words for it in YAML, the usual one first. */
    public List<String> words() {
        return words;
    }

    /** Returns the type of a word of the schema. */
    public static ArgumentType of(String word) {
        for (ArgumentType type : values()) {
            if (type.words.contains(word)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no argument type " + word);
    }
}
