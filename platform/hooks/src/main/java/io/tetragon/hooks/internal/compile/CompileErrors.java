// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.List;

/** What is wrong or doubtful with one hook, with its name in each message. Used by one thread. */
public final class CompileErrors {
    private final String hook;
    private final List<String> warnings = new ArrayList<>();

    /** For a hook, named like {@code kprobe tcp_connect}. */
    public CompileErrors(String hook) {
        this.hook = hook;
    }

    /** Returns the warnings so far. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    void warn(Position at, String what) {
        warnings.add(at + ": " + hook + ": " + what);
    }

    /** Something the policy asks for makes no sense here. */
    TetragonException wrong(Position at, String what, String why, String remedy) {
        return error(TetragonException.Kind.INVALID_ARGUMENT, at, what, why, remedy);
    }

    TetragonException error(TetragonException.Kind kind, Position at, String what, String why, String remedy) {
        return new TetragonException(kind, at + ": " + hook + ": " + what, why, remedy);
    }

    /** More is asked for than a program has room for. */
    TetragonException limit(Position at, String things, int asked, int limit, String remedy) {
        return wrong(at, asked + " " + things, "the limit is " + limit + " per hook", remedy);
    }
}
