// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.internal.abi.HookActionFlags;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookRateScope;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.RateLimit;
import java.util.ArrayList;
import java.util.List;

/** Compiles actions. */
final class Actions {
    private static final int SIGKILL = 9;

    private static final Step PLAIN_POST = new Step(HookActionKind.ACTION_POST, 0, 0, 0, 0, 0, 0);

    private Actions() {}

    /**
     * An action as the programs are told it.
     *
     * @param error what an override returns; of ACTION_SET the value
     * @param seconds of the rate limit, 0 for none
     * @param registers that an override sets
     */
    record Step(int kind, int flags, int slot, int scope, int error, int signal, int seconds,
            Configuration.Run registers) {
        Step(int kind, int flags, int slot, int scope, int error, int signal, int seconds) {
            this(kind, flags, slot, scope, error, signal, seconds, Configuration.Run.EMPTY);
        }

        static Step of(int kind) {
            return new Step(kind, 0, 0, 0, 0, 0, 0);
        }
    }

    /** The actions of a selector; without any it posts. */
    static List<Step> of(List<Action> actions, Overrides overrides) throws TetragonException {
        List<Step> steps = new ArrayList<>();
        for (Action action : actions) {
            steps.add(step(action, overrides));
        }
        return actions.isEmpty() ? List.of(PLAIN_POST) : steps;
    }

    private static Step step(Action action, Overrides overrides) throws TetragonException {
        if (action instanceof Action.Post post) {
            return post(post);
        } else if (action instanceof Action.NoPost) {
            return Step.of(HookActionKind.ACTION_NO_POST);
        } else if (action instanceof Action.Sigkill) {
            return new Step(HookActionKind.ACTION_SIGKILL, 0, 0, 0, 0, SIGKILL, 0);
        } else if (action instanceof Action.Signal signal) {
            return new Step(HookActionKind.ACTION_SIGNAL, 0, 0, 0, 0, signal.signal(), 0);
        } else if (action instanceof Action.Override override) {
            return new Step(HookActionKind.ACTION_OVERRIDE, 0, 0, 0, override.error(), 0, 0,
                    overrides.registers(override));
        } else if (action instanceof Action.GetUrl) {
            return Step.of(HookActionKind.ACTION_GET_URL);
        } else if (action instanceof Action.DnsLookup) {
            return Step.of(HookActionKind.ACTION_DNS_LOOKUP);
        } else if (action instanceof Action.TrackSock track) {
            return new Step(HookActionKind.ACTION_TRACK_SOCK, 0, track.argument(), 0, 0, 0, 0);
        } else if (action instanceof Action.UntrackSock untrack) {
            return new Step(HookActionKind.ACTION_UNTRACK_SOCK, 0, untrack.argument(), 0, 0, 0, 0);
        } else if (action instanceof Action.NotifyEnforcer notify) {
            return new Step(HookActionKind.ACTION_NOTIFY_ENFORCER, 0, 0, 0, notify.error(), notify.signal(), 0);
        } else if (action instanceof Action.SetArgument set) {
            return new Step(HookActionKind.ACTION_SET, 0, set.argument(), 0, set.value(), 0, 0);
        }
        return Step.of(HookActionKind.ACTION_CLEANUP_ENFORCER);
    }

    private static Step post(Action.Post post) {
        int flags = (post.kernelStackTrace() ? HookActionFlags.ACTION_KERNEL_STACK : 0)
                | (post.userStackTrace() ? HookActionFlags.ACTION_USER_STACK : 0)
                | (post.imaHash() ? HookActionFlags.ACTION_IMA_HASH : 0);
        RateLimit limit = post.rateLimit();
        if (limit == null) {
            return new Step(HookActionKind.ACTION_POST, flags, 0, 0, 0, 0, 0);
        }
        int scope = switch (limit.scope()) {
            case THREAD -> HookRateScope.RATE_SCOPE_THREAD;
            case PROCESS -> HookRateScope.RATE_SCOPE_PROCESS;
            case GLOBAL -> HookRateScope.RATE_SCOPE_GLOBAL;
        };
        return new Step(HookActionKind.ACTION_POST, flags, 0, scope, 0, 0, limit.seconds());
    }
}
