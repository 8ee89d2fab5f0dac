// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import io.tetragon.cli.internal.CliException;
import io.tetragon.cli.internal.events.Headline.Colour;
import io.tetragon.cli.internal.events.Headline.Span;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.Process;
import io.tetragon.proto.ProcessExit;
import io.tetragon.proto.ProcessKprobe;
import io.tetragon.proto.ProcessLoader;
import io.tetragon.proto.ProcessLsm;
import io.tetragon.proto.ProcessThrottle;
import io.tetragon.proto.ProcessTracepoint;
import io.tetragon.proto.ProcessUprobe;
import io.tetragon.proto.ProcessUsdt;
import io.tetragon.proto.StackTraceEntry;
import io.tetragon.proto.ThrottleType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Prints an event as one line for people: {@code icon name source binary details}, and stack traces
 * below it. The line is the same as upstream's, so that scripts that cut it go on working.
 */
public final class CompactPrinter {
    private static final int TRAILER_COLUMN = 120;
    private static final String SYS_ADMIN = "🛑 CAP_SYS_ADMIN";

    private final Options options;
    private final SyscallTable syscalls = new SyscallTable();

    /**
     * @param colour whether escape sequences are written
     * @param timestamps whether a line starts with the time of the event
     * @param stackTraces whether stack traces are printed below kernel function events
     * @param imaHash whether the digest of the file is printed below LSM events
     */
    public record Options(
            boolean colour, boolean timestamps, boolean stackTraces, boolean imaHash) {}

    public CompactPrinter(Options options) {
        this.options = options;
    }

    /**
     * Appends the line, or lines, of the event, each with its line end.
     *
     * @throws CliException if this kind of event has no compact form
     */
    public void print(GetEventsResponse event, StringBuilder out) throws CliException {
        if (options.timestamps) {
            EventJson.timestamp(event.getTime(), 9, out);
            out.append(' ');
        }
        switch (event.getEventCase()) {
            case PROCESS_THROTTLE -> out.append(throttle(event.getProcessThrottle())).append('\n');
            case TEST -> out.append("TEST EVENT\n");
            case RATE_LIMIT_INFO, EVENT_NOT_SET ->
                    throw new CliException(
                            "an event of type "
                                    + event.getEventCase().name().toLowerCase(Locale.ROOT)
                                    + " has no compact form: use -o json, or choose types with --event-types");
            default -> {
                line(event, headline(event), out);
                below(event, out);
            }
        }
    }

    private Headline headline(GetEventsResponse event) {
        return switch (event.getEventCase()) {
            case PROCESS_EXEC ->
                    Headline.of("🚀", "process").arg(event.getProcessExec().getProcess().getArguments());
            case PROCESS_EXIT -> exit(event.getProcessExit());
            case PROCESS_KPROBE -> KprobeHeadline.of(event.getProcessKprobe());
            case PROCESS_TRACEPOINT -> tracepoint(event.getProcessTracepoint());
            case PROCESS_LOADER -> loader(event.getProcessLoader());
            case PROCESS_UPROBE -> {
                ProcessUprobe uprobe = event.getProcessUprobe();
                yield Headline.of("🕵️", "uprobe").arg(uprobe.getPath()).arg(uprobe.getSymbol());
            }
            case PROCESS_USDT -> {
                ProcessUsdt usdt = event.getProcessUsdt();
                yield Headline.of("🕵️", "usdt")
                        .arg(usdt.getPath())
                        .arg(usdt.getProvider())
                        .arg(usdt.getName());
            }
            case PROCESS_LSM -> Headline.of("🔒", "LSM").arg(event.getProcessLsm().getFunctionName());
            default -> throw new IllegalStateException(event.getEventCase().name());
        };
    }

    private static Headline exit(ProcessExit exit) {
        return Headline.of("💥", "exit")
                .arg(exit.getProcess().getArguments())
                .status(
                        exit.getSignal().isEmpty()
                                ? Integer.toUnsignedString(exit.getStatus())
                                : exit.getSignal());
    }

    private Headline tracepoint(ProcessTracepoint event) {
        if (event.getSubsys().equals("raw_syscalls") && event.getEvent().equals("sys_enter")) {
            return Headline.of("☎ ", "syscall").plain(syscalls.call(event.getArgsList()));
        }
        return Headline.of("⁉️", "tracepoint").arg(event.getSubsys()).arg(event.getEvent());
    }

    private static Headline loader(ProcessLoader event) {
        Headline line = Headline.of("🧬", "loader");
        if (!event.getBuildid().isEmpty()) {
            line.plain(HexFormat.of().formatHex(event.getBuildid().toByteArray()));
        }
        return line.arg(event.getPath());
    }

    private String throttle(ProcessThrottle event) {
        String type =
                switch (event.getType()) {
                    case THROTTLE_START -> "START";
                    case THROTTLE_STOP -> "STOP ";
                    default -> ThrottleType.THROTTLE_UNKNOWN.name();
                };
        return colour(Colour.BLUE, "🧬 " + pad("throttle"))
                + " "
                + type
                + " "
                + colour(Colour.CYAN, GoQuote.maybe(event.getCgroup()));
    }

    private void line(GetEventsResponse event, Headline headline, StringBuilder out)
            throws CliException {
        Process process = Events.process(event);
        if (process == null) {
            throw new CliException(
                    "an event without process has no compact form: use -o json, or keep the process field");
        }
        StringBuilder plain = new StringBuilder();
        StringBuilder shown = new StringBuilder();
        add(new Span(Colour.BLUE, headline.icon() + " " + pad(headline.name())), plain, shown);
        add(new Span(Colour.GREEN, source(event, process)), plain, shown);
        add(new Span(Colour.MAGENTA, GoQuote.maybe(process.getBinary())), plain, shown);
        for (Span span : headline.details()) {
            add(span, plain, shown);
        }
        out.append(shown);
        if (process.getCap().getEffectiveList().contains(CapabilitiesType.CAP_SYS_ADMIN)) {
            trailer(plain, out);
        }
        out.append('\n');
    }

    private void add(Span span, StringBuilder plain, StringBuilder shown) {
        if (plain.length() > 0) {
            plain.append(' ');
            shown.append(' ');
        }
        plain.append(span.text());
        shown.append(colour(span.colour(), span.text()));
    }

    // The width is counted in bytes, as upstream does, but without escape sequences: the picture of
    // the event takes four bytes and two columns, and the trailers stay below each other.
    private static void trailer(CharSequence line, StringBuilder out) {
        int bytes = line.toString().getBytes(StandardCharsets.UTF_8).length;
        int width = SYS_ADMIN.codePointCount(0, SYS_ADMIN.length());
        int fill = TRAILER_COLUMN - bytes - width;
        out.append(' ').append(" ".repeat(Math.max(0, fill))).append(SYS_ADMIN);
    }

    private static String source(GetEventsResponse event, Process process) {
        if (!process.hasPod()) {
            return GoQuote.maybe(event.getNodeName());
        }
        return GoQuote.maybe(process.getPod().getNamespace() + "/" + process.getPod().getName());
    }

    private void below(GetEventsResponse event, StringBuilder out) {
        if (event.hasProcessKprobe() && options.stackTraces) {
            stacks(event.getProcessKprobe(), out);
        }
        if (event.hasProcessLsm() && options.imaHash && !event.getProcessLsm().getImaHash().isEmpty()) {
            String path = hashedPath(event.getProcessLsm());
            if (path != null) {
                out.append("   ")
                        .append(GoQuote.maybe(path))
                        .append(' ')
                        .append(GoQuote.maybe(event.getProcessLsm().getImaHash()))
                        .append('\n');
            }
        }
    }

    private static void stacks(ProcessKprobe event, StringBuilder out) {
        if (event.getKernelStackTraceCount() > 0) {
            out.append("Kernel:\n");
            for (StackTraceEntry frame : event.getKernelStackTraceList()) {
                address(frame, out);
                out.append(GoQuote.maybe(frame.getSymbol()))
                        .append("+0x")
                        .append(Long.toHexString(frame.getOffset()))
                        .append('\n');
            }
        }
        if (event.getUserStackTraceCount() > 0) {
            out.append("User:\n");
            for (StackTraceEntry frame : event.getUserStackTraceList()) {
                address(frame, out);
                out.append(GoQuote.maybe(frame.getSymbol()))
                        .append(" (")
                        .append(GoQuote.maybe(frame.getModule()))
                        .append("+0x")
                        .append(Long.toHexString(frame.getOffset()))
                        .append(")\n");
            }
        }
    }

    private static void address(StackTraceEntry frame, StringBuilder out) {
        out.append("   0x").append(Long.toHexString(frame.getAddress())).append(": ");
    }

    // Only these hooks have an argument that says which file the digest is of.
    private static @Nullable String hashedPath(ProcessLsm event) {
        if (event.getArgsCount() == 0) {
            return null;
        }
        KprobeArgument file = event.getArgs(0);
        if (event.getFunctionName().startsWith("bprm_") && file.hasLinuxBinprmArg()) {
            return file.getLinuxBinprmArg().getPath();
        }
        boolean hasFile =
                event.getFunctionName().startsWith("file_") || event.getFunctionName().equals("mmap_file");
        return hasFile && file.hasFileArg() ? file.getFileArg().getPath() : null;
    }

    private static String pad(String name) {
        return name + " ".repeat(Math.max(0, 7 - name.length()));
    }

    private String colour(Colour colour, String text) {
        if (!options.colour || text.isEmpty()) {
            return text;
        }
        return "\u001b[" + colour.code + "m" + text + "\u001b[0m";
    }
}
