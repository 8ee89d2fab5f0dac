// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.ResolvedArgument;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookFlags;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.FentrySpec;
import io.tetragon.policy.model.FunctionSpec;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.KprobeSpec;
import io.tetragon.policy.model.LsmSpec;
import io.tetragon.policy.model.TracepointSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.UprobeSpec;
import io.tetragon.policy.model.UsdtSpec;
import io.tetragon.policy.sensor.BinarySets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The compilation of one hook. Used once, by one thread. */
public final class Compilation {
    private static final int SOCKET_FLAGS = HookFlags.HOOK_TRACKS_SOCKS | HookFlags.HOOK_TRACKS_RETURN
            | HookFlags.HOOK_UNTRACKS_RETURN;

    private final HookSpec spec;
    private final HookTarget target;
    private final BinarySets binaries;
    private final Path procfs;
    private final CompileErrors errors;
    private final ArgumentCompiler arguments;
    private final List<Integer> acquired = new ArrayList<>();

    /** @param procfs where the host's processes are seen */
    public Compilation(HookSpec spec, HookTarget target, TypeSource kernel, BinarySets binaries, Path procfs) {
        this.spec = spec;
        this.target = target;
        this.binaries = binaries;
        this.procfs = procfs;
        this.errors = new CompileErrors(name(spec));
        String own = spec instanceof UprobeSpec uprobe ? uprobe.btfPath()
                : spec instanceof UsdtSpec usdt ? usdt.btfPath() : "";
        TypeSource types = own.isEmpty() ? kernel : new TypeSource(Path.of(own), null);
        this.arguments = new ArgumentCompiler(target, types, kernel, errors);
    }

    /**
     * Compiles.
     *
     * @param extraFlags bits of {@code HOOK_*} that the caller decides
     * @throws TetragonException when the hook does not make sense on this kernel, or exceeds a limit; no set of binaries is
     *     then left acquired
     */
    public HookParts compile(int hook, int opcode, int extraFlags) throws TetragonException {
        boolean done = false;
        try {
            HookParts parts = parts(hook, opcode, extraFlags);
            done = true;
            return parts;
        } catch (BtfFormatException e) {
            throw errors.error(TetragonException.Kind.UNSUPPORTED, spec.at(), "compile",
                    "the type information is damaged: " + e.getMessage(), "");
        } finally {
            if (!done) {
                acquired.forEach(binaries::release);
            }
        }
    }

    private HookParts parts(int hook, int opcode, int extraFlags) throws TetragonException {
        List<Slot> slots = slots();
        Argument returnArgument = returns(spec) ? returnArgument(spec) : null;
        Slot returned = returnArgument == null ? null : arguments.returned(returnArgument);
        List<Slot> all = new ArrayList<>(slots);
        if (returned != null) {
            all.add(returned);
        }
        Values values = new Values(errors);
        Selectors selectors = new Selectors(spec, slots, returned,
                new ProcessFilters(values, binaries, acquired, procfs, errors), new ArgumentFilters(values, errors),
                Overrides.of(target.family(), values.registers, errors), errors);
        selectors.compile();
        int flags = flags(all, selectors) | extraFlags & ~(hasSocket(slots) ? 0 : HookFlags.HOOK_TRACKS_SOCKS);
        Configuration configuration = new Configuration();
        configuration.head(hook, flags, opcode, slots.size(), selectors.runs().size());
        arguments(configuration, all);
        configuration.selectors(selectors.runs());
        configuration.filters(selectors.filters());
        configuration.actions(selectors.actions());
        configuration.values(values);
        boolean enforces = (flags & HookFlags.HOOK_ENFORCES) != 0;
        boolean waits = (flags & HookFlags.HOOK_RETURNS) != 0;
        HookMaps maps = HookMaps.of(values.maps.maps(), new HookMaps.Uses(selectors.runs().size(),
                selectors.limitRates(), waits, enforces,
                (flags & SOCKET_FLAGS) != 0
                        || selectors.act(HookActionKind.ACTION_TRACK_SOCK, HookActionKind.ACTION_UNTRACK_SOCK),
                selectors.act(HookActionKind.ACTION_NOTIFY_ENFORCER, HookActionKind.ACTION_CLEANUP_ENFORCER)));
        return new HookParts(configuration.bytes(), values.maps.maps(), maps, resolved(slots),
                returned == null ? null : returned.resolved(), acquired, errors.warnings(),
                new HookParts.Facts(enforces, selectors.act(HookActionKind.ACTION_OVERRIDE), waits));
    }

    private List<Slot> slots() throws TetragonException {
        int asked = spec.args().size() + spec.data().size();
        if (asked > HookLimits.HOOK_ARGUMENTS_MAX) {
            throw errors.limit(spec.at(), "arguments in args and data", asked, HookLimits.HOOK_ARGUMENTS_MAX, "");
        }
        List<Slot> slots = new ArrayList<>();
        for (Argument argument : spec.args()) {
            slots.add(arguments.parameter(argument, slots.size()));
        }
        for (Argument argument : spec.data()) {
            slots.add(arguments.data(argument, slots.size()));
        }
        return slots;
    }

    private int flags(List<Slot> slots, Selectors selectors) {
        boolean copied = slots.stream().anyMatch(slot -> (slot.flags() & HookArgumentFlags.ARGUMENT_AT_RETURN) != 0);
        int flags = (target.syscall() || target.family() == HookTarget.Family.SYSCALL ? HookFlags.HOOK_SYSCALL : 0)
                | (returns(spec) || copied ? HookFlags.HOOK_RETURNS : 0)
                | (selectors.needProcess() ? HookFlags.HOOK_NEEDS_PROCESS : 0)
                | (spec.enforces() ? HookFlags.HOOK_ENFORCES : 0);
        if (spec instanceof FunctionSpec function) {
            flags |= switch (function.returnArgAction()) {
                case NONE -> 0;
                case TRACK_SOCK -> HookFlags.HOOK_TRACKS_RETURN;
                case UNTRACK_SOCK -> HookFlags.HOOK_UNTRACKS_RETURN;
            };
        }
        return flags;
    }

    /** Whether anything in a policy remembers whose a socket is. */
    public static boolean tracksSockets(TracingPolicy policy) {
        return policy.hooks().stream().anyMatch(hook -> hook instanceof FunctionSpec function
                && function.returnArgAction() == FunctionSpec.ReturnArgAction.TRACK_SOCK
                || hook.selectors().stream().flatMap(selector -> Stream.concat(selector.actions().stream(),
                        selector.returnActions().stream())).anyMatch(Action.TrackSock.class::isInstance));
    }

    private static boolean hasSocket(List<Slot> slots) {
        return slots.stream().anyMatch(slot -> switch (slot.resolved().type()) {
            case SOCK, SOCKET -> true;
            default -> false;
        });
    }

    private static void arguments(Configuration configuration, List<Slot> slots) {
        TextArea area = new TextArea(slots);
        for (int slot = 0; slot < HookLimits.HOOK_SLOTS; slot++) {
            configuration.noArgument(slot);
        }
        for (Slot slot : slots) {
            configuration.argument(slot, area.of(slot));
        }
    }

    private static List<ResolvedArgument> resolved(List<Slot> slots) {
        return slots.stream().map(Slot::resolved).toList();
    }

    private static boolean returns(HookSpec spec) {
        return spec instanceof FunctionSpec function && function.returns()
                || spec instanceof UprobeSpec uprobe && uprobe.returns();
    }

    private static @Nullable Argument returnArgument(HookSpec spec) {
        return spec instanceof FunctionSpec function ? function.returnArg()
                : spec instanceof UprobeSpec uprobe ? uprobe.returnArg() : null;
    }

    private static String name(HookSpec spec) {
        if (spec instanceof KprobeSpec kprobe) {
            return "kprobe " + kprobe.call().written();
        } else if (spec instanceof FentrySpec fentry) {
            return "fentry " + fentry.call().written();
        } else if (spec instanceof TracepointSpec tracepoint) {
            return "tracepoint " + tracepoint.subsystem() + ":" + tracepoint.event();
        } else if (spec instanceof UprobeSpec uprobe) {
            return "uprobe " + uprobe.path();
        } else if (spec instanceof UsdtSpec usdt) {
            return "usdt " + usdt.provider() + ":" + usdt.name();
        }
        return "LSM hook " + ((LsmSpec) spec).hook();
    }
}
