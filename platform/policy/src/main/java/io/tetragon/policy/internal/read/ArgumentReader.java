// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.Argument.Source;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.ResolvePath;
import io.tetragon.policy.model.ResolvePath.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code args}, {@code data} and {@code returnArg}. */
final class ArgumentReader {
    private static final Pattern MEMBER = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)?((?:\\[[0-9]{1,9}])*)");
    private static final Pattern REGISTER = Pattern.compile("[a-z][a-z0-9_]{1,9}");

    private final Scope scope;

    ArgumentReader(Scope scope) {
        this.scope = scope;
    }

    List<Argument> args(Section hook, HookKind kind) {
        List<Section> sections = hook.sections("args");
        int data = hook.knows("data") ? hook.sections("data").size() : 0;
        if (sections.size() + data > Limits.ARGUMENTS) {
            scope.error(hook, sections.isEmpty() ? "data" : "args", (sections.size() + data) + " arguments",
                    "the limit of args and data together is " + Limits.ARGUMENTS + " per hook", "");
        }
        List<Argument> args = new ArrayList<>();
        for (Section section : sections) {
            if (section.whole("index", 0) >= kind.parameters()) {
                scope.error(section, "index", "index " + section.whole("index", 0) + " is out of range",
                        kind.title() + " has parameters 0 to " + (kind.parameters() - 1), "");
            }
            if (section.has("source")) {
                scope.error(section, "source", "source on an argument", "args are read from the hook's parameters",
                        "move it to data");
            }
            args.add(argument(section, kind, Source.PARAMETER));
        }
        return args;
    }

    List<Argument> data(Section hook, HookKind kind) {
        List<Argument> data = new ArrayList<>();
        for (Section section : hook.sections("data")) {
            Source source = section.text("source").equals("pt_regs") ? Source.PT_REGS : Source.CURRENT_TASK;
            if (!section.has("source") && section.whole()) {
                scope.error(section, "field \"source\" is missing", "data is read from somewhere",
                        "write current_task or pt_regs");
            }
            if (section.text("resolve").isEmpty() && section.whole()) {
                scope.error(section, "field \"resolve\" is missing",
                        "data needs the path from " + section.text("source"), "");
            }
            data.add(argument(section, kind, source));
        }
        return data;
    }

    Argument returned(Section section, HookKind kind) {
        if (section.has("source")) {
            scope.error(section, "source", "source on a return value", "only data has one", "remove it");
        }
        return argument(section, kind, Source.PARAMETER);
    }

    private Argument argument(Section section, HookKind kind, Source source) {
        ArgumentType type = section.has("type") ? ArgumentType.of(section.text("type")) : ArgumentType.AUTO;
        ResolvePath resolve = resolve(section, source);
        if (type == ArgumentType.AUTO && !kind.typed() && !resolve.present() && section.whole()) {
            scope.error(section, "type", "the type cannot be deduced",
                    kind.title() + " has types only with resolve", "name the type");
        }
        if (type == ArgumentType.CONST_BUF && kind.tracepoint()) {
            scope.error(section, "type", "type const_buf", "tracepoints deduce it themselves", "write auto");
        }
        if (section.flag("maxData", false) && section.flag("returnCopy", false)) {
            scope.error(section, "maxData", "maxData with returnCopy", "a copy at return has the usual limit",
                    "remove one of them");
        }
        if (section.has("btfTypeModule") && !section.has("btfType")) {
            scope.error(section, "btfTypeModule", "btfTypeModule without btfType", "", "name the type");
        }
        long size = section.whole("sizeArgIndex", 0);
        if (size > kind.parameters()) {
            scope.error(section, "sizeArgIndex", "sizeArgIndex " + size + " is out of range",
                    "it counts from 1 to " + kind.parameters(), "");
        }
        return new Argument(section.at(), (int) section.whole("index", 0), type, section.text("label"),
                (int) size - 1, section.flag("returnCopy", false), section.flag("maxData", false), resolve, source,
                section.text("btfType"), section.text("btfTypeModule"));
    }

    private ResolvePath resolve(Section section, Source source) {
        String written = section.text("resolve");
        if (written.isEmpty()) {
            return ResolvePath.NONE;
        }
        if (written.length() > Limits.RESOLVE_CHARS) {
            scope.error(section, "resolve", "a path of " + written.length() + " characters",
                    "the limit is " + Limits.RESOLVE_CHARS, "");
            return ResolvePath.NONE;
        }
        if (source == Source.PT_REGS) {
            if (!REGISTER.matcher(written).matches()) {
                scope.error(section, "resolve", "no register " + Problems.quote(written),
                        "resolve names the register when the source is pt_regs", "write it like rdi");
            }
            return new ResolvePath(written, List.of(new Step.Member(written)));
        }
        List<Step> steps = new ArrayList<>();
        for (String part : written.split("\\.", -1)) {
            Matcher matcher = MEMBER.matcher(part);
            if (part.isEmpty() || !matcher.matches() || matcher.group(1) == null && !steps.isEmpty()) {
                scope.error(section, "resolve", "no path " + Problems.quote(written),
                        "a path has members and elements", "write it like a.b[2].c");
                return ResolvePath.NONE;
            }
            if (matcher.group(1) != null) {
                steps.add(new Step.Member(matcher.group(1)));
            }
            String elements = matcher.group(2);
            for (int i = 0; i < elements.length(); i = elements.indexOf(']', i) + 1) {
                steps.add(new Step.Element(Integer.parseInt(elements.substring(i + 1, elements.indexOf(']', i)))));
            }
        }
        if (steps.size() > Limits.RESOLVE_STEPS) {
            scope.error(section, "resolve", "a path of " + steps.size() + " steps",
                    "the limit is " + Limits.RESOLVE_STEPS, "");
        }
        return new ResolvePath(written, steps);
    }
}
