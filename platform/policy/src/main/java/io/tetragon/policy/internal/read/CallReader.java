// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Nearest;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.EnforcerSpec;
import io.tetragon.policy.model.ListSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads names of functions and references to lists of them. */
final class CallReader {
    private static final String LIST = "list:";

    private final Scope scope;

    CallReader(Scope scope) {
        this.scope = scope;
    }

    /** Reads {@code call} of a hook. */
    Call call(Section hook) {
        String written = hook.text("call");
        if (hook.has("call")) {
            try {
                return call(written);
            } catch (ValueException e) {
                scope.error(hook, "call", "wrong call " + Problems.quote(written), e.why(), e.remedy());
            }
        }
        return new Call.Function(written);
    }

    /** Reads the enforcer, by its old or new name; null when there is none. */
    @Nullable EnforcerSpec enforcer(Section spec) {
        boolean old = !spec.has("enforcers");
        List<Section> sections = spec.sections(old ? "killers" : "enforcers");
        if (sections.isEmpty()) {
            return null;
        }
        Section first = sections.get(0);
        if (sections.size() > 1) {
            scope.error(sections.get(1), "second enforcer", "a policy has one", "add its calls to the first");
        }
        String field = old ? "syscalls" : "calls";
        List<Call> calls = new ArrayList<>();
        for (TextValue value : scope.unlessFull(first.texts(field))) {
            try {
                calls.add(call(value.text()));
            } catch (ValueException e) {
                scope.error(value, "wrong call " + Problems.quote(value.text()), e);
            }
        }
        if (first.texts(field).isEmpty() && first.whole()) {
            scope.error(first, field, "enforcer without calls", "it would act on nothing", "add calls");
        }
        return new EnforcerSpec(first.at(), calls);
    }

    private Call call(String written) throws ValueException {
        if (written.startsWith(LIST)) {
            String name = written.substring(LIST.length());
            ListSpec list = scope.lists().get(name);
            if (list == null) {
                throw new ValueException("the policy has no such list", Nearest.hint(name, scope.lists().keySet()));
            }
            return new Call.FromList(written, list);
        }
        if (!Names.symbol(written)) {
            throw new ValueException(Names.SYMBOL_RULE, "");
        }
        return new Call.Function(written);
    }
}
