// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.value.Numbers;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.model.RegisterAssignment;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code argRegs}. Whether the machine has such a register, only the machine knows. */
final class RegisterReader {
    private static final String NUMBER = "-?(?:0x[0-9a-fA-F]{1,16}|[0-9]{1,20})";
    private static final Pattern SYNTAX = Pattern.compile("([a-z][a-z0-9]{0,9})=(?:(?<const>" + NUMBER + ")"
            + "|(?<offset>" + NUMBER + ")?(?:%(?<plain>[a-z][a-z0-9]{0,9})|\\(%(?<memory>[a-z][a-z0-9]{0,9})\\)))");

    private final Scope scope;

    RegisterReader(Scope scope) {
        this.scope = scope;
    }

    List<RegisterAssignment> read(Section override) {
        List<RegisterAssignment> assignments = new ArrayList<>();
        for (TextValue value : override.texts("argRegs")) {
            Matcher matcher = SYNTAX.matcher(value.text());
            if (!matcher.matches()) {
                scope.error(value, "wrong register assignment " + Problems.quote(value.text()),
                        "it is reg=const, reg=%reg, reg=N%reg, reg=(%reg) or reg=N(%reg)", "write it like rax=-1");
                continue;
            }
            String number = matcher.group("const") != null ? matcher.group("const") : matcher.group("offset");
            boolean memory = matcher.group("memory") != null;
            String source = memory ? matcher.group("memory") : matcher.group("plain");
            try {
                long offset = number == null ? 0 : Numbers.parse(number, 64, number.startsWith("-"));
                assignments.add(new RegisterAssignment(value.text(), matcher.group(1), source == null ? "" : source,
                        offset, memory));
            } catch (ValueException e) {
                scope.error(value, "wrong number in " + Problems.quote(value.text()), e);
            }
        }
        return assignments;
    }
}
