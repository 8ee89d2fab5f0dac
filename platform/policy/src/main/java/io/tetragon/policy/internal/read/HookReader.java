// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.FentrySpec;
import io.tetragon.policy.model.FunctionSpec.ReturnArgAction;
import io.tetragon.policy.model.KprobeSpec;
import io.tetragon.policy.model.ListType;
import io.tetragon.policy.model.LsmSpec;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracepointSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the hooks in the kernel: kprobes, fentries, tracepoints and LSM hooks. */
final class HookReader {
    private final Scope scope;
    private final ArgumentReader arguments;
    private final CallReader calls;

    HookReader(Scope scope) {
        this.scope = scope;
        this.arguments = new ArgumentReader(scope);
        this.calls = new CallReader(scope);
    }

    List<KprobeSpec> kprobes(Section spec) {
        List<KprobeSpec> hooks = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("kprobes"))) {
            Call call = calls.call(section);
            Hook hook = hook(section, HookKind.KPROBE, section.text("call"));
            hooks.add(new KprobeSpec(section.at(), call, syscall(section, call), hook.returns(), hook.args(),
                    hook.data(), hook.returnArg(), returnArgAction(section), selectors(section, hook),
                    message(section), tags(section), ignoresMissing(section)));
        }
        return hooks;
    }

    List<FentrySpec> fentries(Section spec) {
        List<FentrySpec> hooks = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("fentries"))) {
            Call call = calls.call(section);
            Hook hook = hook(section, HookKind.FENTRY, section.text("call"));
            hooks.add(new FentrySpec(section.at(), call, syscall(section, call), hook.returns(), hook.args(),
                    hook.data(), hook.returnArg(), returnArgAction(section), selectors(section, hook),
                    message(section), tags(section), ignoresMissing(section)));
        }
        return hooks;
    }

    List<TracepointSpec> tracepoints(Section spec) {
        List<TracepointSpec> hooks = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("tracepoints"))) {
            boolean raw = section.flag("raw", false);
            symbol(section, "subsystem");
            symbol(section, "event");
            Hook hook = hook(section, raw ? HookKind.RAW_TRACEPOINT : HookKind.TRACEPOINT, "");
            hooks.add(new TracepointSpec(section.at(), section.text("subsystem"), section.text("event"), raw,
                    hook.args(), selectors(section, hook), message(section), tags(section)));
        }
        return hooks;
    }

    List<LsmSpec> lsmHooks(Section spec) {
        List<LsmSpec> hooks = new ArrayList<>();
        for (Section section : scope.unlessFull(spec.sections("lsmhooks"))) {
            symbol(section, "hook");
            if (section.text("hook").startsWith("bpf_lsm_")) {
                scope.error(section, "hook", "hook " + Problems.quote(section.text("hook")),
                        "hooks are named without bpf_lsm_", "remove the prefix");
            }
            Hook hook = hook(section, HookKind.LSM, "");
            hooks.add(new LsmSpec(section.at(), section.text("hook"), hook.args(), selectors(section, hook),
                    message(section), tags(section)));
        }
        return hooks;
    }

    /** Reads what selectors refer to, for hooks of any kind. */
    Hook hook(Section section, HookKind kind, String function) {
        boolean sound = section.whole() && section.count("args") <= Limits.ARGUMENTS
                && section.sections("args").stream().allMatch(Section::whole);
        boolean returns = kind.returns() && section.flag("return", false);
        List<Argument> data = kind.returns() ? arguments.data(section, kind) : List.of();
        Section returned = kind.returns() ? section.section("returnArg") : null;
        if (returns && returned == null && section.whole()) {
            scope.error(section, "return", "return without returnArg", "the type of the return value is unknown",
                    "add returnArg or remove return");
        } else if (!returns && returned != null) {
            scope.warning(section, "returnArg", "returnArg without return", "the return value is not read",
                    "add return: true or remove it");
        }
        return new Hook(kind, function, arguments.args(section, kind), data, returns,
                returned == null ? null : arguments.returned(returned, kind), sound);
    }

    List<Selector> selectors(Section section, Hook hook) {
        return new SelectorReader(scope, hook).selectors(section);
    }

    String message(Section section) {
        String message = section.text("message");
        int bytes = bytes(message);
        if (bytes != 0 && (bytes < Limits.MESSAGE_MIN || bytes > Limits.MESSAGE_MAX)) {
            scope.error(section, "message", "message of " + bytes + " bytes",
                    "it has " + Limits.MESSAGE_MIN + " to " + Limits.MESSAGE_MAX, "");
        }
        return GoQuote.escape(message);
    }

    List<String> tags(Section section) {
        List<String> tags = new ArrayList<>();
        for (TextValue tag : section.texts("tags")) {
            int bytes = bytes(tag.text());
            if (bytes < Limits.TAG_MIN || bytes > Limits.TAG_MAX) {
                scope.error(tag, "tag of " + bytes + " bytes",
                        "it has " + Limits.TAG_MIN + " to " + Limits.TAG_MAX, "");
            }
            tags.add(GoQuote.escape(tag.text()));
        }
        return tags;
    }

    /** The names of a list of system calls need the architecture's prefix; those of other lists only when asked. */
    private static boolean syscall(Section section, Call call) {
        if (call instanceof Call.FromList list) {
            boolean plain = list.list().type() == ListType.FUNCTIONS;
            return list.list().type().syscalls() || plain && section.flag("syscall", false);
        }
        return section.flag("syscall", true);
    }

    private ReturnArgAction returnArgAction(Section section) {
        if (!section.has("returnArgAction")) {
            return ReturnArgAction.NONE;
        }
        if (!section.flag("return", false)) {
            scope.error(section, "returnArgAction", "returnArgAction without return", "nothing is returned to act on",
                    "add return: true and returnArg");
        }
        switch (section.text("returnArgAction")) {
            case "TrackSock" -> {
                return ReturnArgAction.TRACK_SOCK;
            }
            case "UntrackSock" -> {
                return ReturnArgAction.UNTRACK_SOCK;
            }
            default -> scope.error(section, "returnArgAction",
                    "unknown value " + Problems.quote(section.text("returnArgAction")),
                    "it is one of TrackSock, UntrackSock", "");
        }
        return ReturnArgAction.NONE;
    }

    private static boolean ignoresMissing(Section section) {
        Section ignore = section.section("ignore");
        return ignore != null && ignore.flag("callNotFound", false);
    }

    private void symbol(Section section, String field) {
        String name = section.text(field);
        if (section.has(field) && !Names.symbol(name)) {
            scope.error(section, field, "no " + field + " " + Problems.quote(name), Names.SYMBOL_RULE, "");
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
