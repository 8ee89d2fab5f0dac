// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tetragon.cli.internal.CliException;
import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import io.tetragon.elf.StapNotes;
import io.tetragon.cli.internal.events.SyscallTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Policies to start from. Each is the whole text, and can be loaded as it is. */
public final class GeneratedPolicies {
    /** Where the kernel lists the functions that can be traced: tracefs by itself, or within debugfs. */
    private static final List<Path> FUNCTION_FILES =
            List.of(
                    Path.of("/sys/kernel/tracing/available_filter_functions"),
                    Path.of("/sys/kernel/debug/tracing/available_filter_functions"));

    /** Calls whose function in the kernel is not called like the call. */
    private static final Map<String, String> OTHER_FUNCTION =
            Map.of(
                    "stat", "newstat",
                    "fstat", "newfstat",
                    "lstat", "newlstat",
                    "uname", "newuname",
                    "umount2", "umount",
                    "sendfile", "sendfile64");

    private GeneratedPolicies() {}

    /** A policy without hooks. */
    public static String empty() {
        return new PolicyText("empty").line(0, "spec: {}").toString();
    }

    /** A hook per system call. */
    public static String allSyscalls() {
        PolicyText policy = new PolicyText("all-syscalls").line(0, "spec:").line(1, "kprobes:");
        for (String function : syscallFunctions()) {
            // The kernel may be older than the table.
            policy.line(1, "- call: " + PolicyText.quote(function))
                    .line(2, "syscall: true")
                    .line(2, "ignore:")
                    .line(3, "callNotFound: true");
        }
        return policy.toString();
    }

    /** One hook on a list of all system calls. */
    public static String allSyscallsList() {
        return list("all-syscalls-list", "syscalls", true, syscallFunctions());
    }

    /**
     * One hook on a list of the functions of this kernel whose name the expression is found in.
     *
     * @throws CliException if the expression is wrong, no function fits, or the kernel does not tell its functions
     */
    public static String functionList(String regex) throws CliException {
        return functionList(
                regex, FUNCTION_FILES.stream().filter(Files::exists).findFirst().orElse(FUNCTION_FILES.get(0)));
    }

    static String functionList(String regex, Path available) throws CliException {
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new CliException("invalid --regex \"" + regex + "\": " + e.getDescription()
                    + "; write it in RE2's syntax", e);
        }
        // Static functions of several files can share a name; the policy can only mean all of them.
        Set<String> names = new LinkedHashSet<>();
        try (Stream<String> lines = Files.lines(available, StandardCharsets.ISO_8859_1)) {
            // The name of the module follows that of the function.
            lines.map(line -> line.split("[ \t]", 2)[0])
                    .filter(name -> !name.isEmpty() && pattern.matcher(name).find())
                    .forEach(names::add);
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new CliException("cannot read " + available + " (" + e.getMessage()
                    + "): be root, on a kernel with ftrace and tracefs mounted", e);
        }
        if (names.isEmpty()) {
            throw new CliException("no function of this kernel fits \"" + regex + "\"; see " + available);
        }
        return list("ftrace-list", "ftrace", false, List.copyOf(names));
    }

    /**
     * A hook on each function of a program or library.
     *
     * @param leftOut hears of names that no policy can hold
     */
    public static String uprobes(Path binary, Warnings leftOut) throws CliException {
        Path path = absolute(binary);
        ElfSymbols symbols;
        try (ElfFile elf = ElfFile.open(path)) {
            symbols = ElfSymbols.functions(elf);
        } catch (ElfException e) {
            throw unreadable(e);
        }
        if (symbols.functions().isEmpty()) {
            throw new CliException(path + " has no symbols of functions: install its debug symbols, or write"
                    + " offsets by hand");
        }
        if (symbols.leftOut() > 0) {
            leftOut.warn(symbols.leftOut() + " symbols of " + path + " are left out: their names cannot be written");
        }
        return new PolicyText("uprobes")
                .line(0, "spec:")
                .line(1, "uprobes:")
                .line(1, "- path: " + PolicyText.quote(path.toString()))
                .line(2, "symbols:")
                .items(2, symbols.functions())
                .toString();
    }

    /** A hook on each static trace point of a program or library. */
    public static String usdts(Path binary) throws CliException {
        Path path = absolute(binary);
        List<StapNotes.Probe> probes;
        try (ElfFile elf = ElfFile.open(path)) {
            probes = StapNotes.probes(elf);
        } catch (ElfException e) {
            throw unreadable(e);
        }
        if (probes.isEmpty()) {
            throw new CliException(path + " has no USDT probes: it was built without <sys/sdt.h>, or they were stripped");
        }
        PolicyText policy = new PolicyText("usdts").line(0, "spec:").line(1, "usdts:");
        for (StapNotes.Probe probe : probes) {
            policy.line(1, "- path: " + PolicyText.quote(path.toString()))
                    .line(2, "provider: " + PolicyText.quote(probe.provider()))
                    .line(2, "name: " + PolicyText.quote(probe.name()));
        }
        return policy.toString();
    }

    private static CliException unreadable(ElfException e) {
        return new CliException(String.valueOf(e.getMessage()), e);
    }

    /**
     * For agents whose sensors outlive them: nobody but the binary may unlink what the agent pinned or detach its
     * links, and who tries is killed.
     */
    public static String persistent(Path binary) throws CliException {
        String path = PolicyText.quote(absolute(binary).toString());
        PolicyText policy = new PolicyText("persistent").line(0, "spec:").line(1, "kprobes:");
        for (String call : List.of("security_inode_unlink", "security_inode_rmdir", "security_inode_rename")) {
            policy.line(1, "- call: \"" + call + "\"")
                    .line(2, "syscall: false")
                    .line(2, "args:")
                    .line(2, "- index: 1")
                    .line(3, "type: \"dentry\"")
                    .line(2, "selectors:")
                    .line(2, "- matchArgs:")
                    .line(3, "- index: 1")
                    .line(4, "operator: \"Prefix\"")
                    .line(4, "values:")
                    // Seen from the root of the BPF file system.
                    .line(4, "- \"/tetragon/\"");
            deniedToOthers(policy, path);
        }
        policy.line(1, "- call: \"sys_bpf\"")
                .line(2, "syscall: true")
                .line(2, "args:")
                .line(2, "- index: 0")
                .line(3, "type: \"bpf_cmd\"")
                .line(2, "selectors:")
                .line(2, "- matchArgs:")
                .line(3, "- index: 0")
                .line(4, "operator: \"Equal\"")
                .line(4, "values:")
                .line(4, "- \"29\" # BPF_LINK_UPDATE")
                .line(4, "- \"34\" # BPF_LINK_DETACH");
        deniedToOthers(policy, path);
        return policy.toString();
    }

    private static void deniedToOthers(PolicyText policy, String path) {
        policy.line(3, "matchBinaries:")
                .line(3, "- operator: \"NotIn\"")
                .line(4, "values:")
                .line(4, "- " + path)
                .line(3, "matchActions:")
                .line(3, "- action: \"Sigkill\"");
    }

    private static String list(String policy, String list, boolean syscalls, List<String> values) {
        PolicyText text = new PolicyText(policy)
                .line(0, "spec:")
                .line(1, "lists:")
                .line(1, "- name: \"" + list + "\"");
        if (syscalls) {
            text.line(2, "type: \"syscalls\"");
        }
        return text.line(2, "values:")
                .items(2, values)
                .line(1, "kprobes:")
                .line(1, "- call: \"list:" + list + "\"")
                .line(2, "syscall: " + syscalls)
                .line(2, "ignore:")
                .line(3, "callNotFound: true")
                .toString();
    }

    private static List<String> syscallFunctions() {
        return SyscallTable.declaredCalls().stream()
                .map(call -> "sys_" + OTHER_FUNCTION.getOrDefault(call, call))
                .toList();
    }

    private static Path absolute(Path binary) {
        return binary.toAbsolutePath().normalize();
    }

    /** Where to say what the policy does not have. */
    @FunctionalInterface
    public interface Warnings {
        void warn(String line);
    }
}
