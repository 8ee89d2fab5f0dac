// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.model.RateLimit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code rateLimit} and {@code rateLimitScope}. */
final class RateLimitReader {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,9})([smhSMH]?)");

    private final Scope scope;

    RateLimitReader(Scope scope) {
        this.scope = scope;
    }

    @Nullable RateLimit read(Section post) {
        if (!post.has("rateLimit")) {
            if (post.has("rateLimitScope") && post.whole()) {
                scope.error(post, "rateLimitScope", "rateLimitScope without rateLimit", "", "add rateLimit");
            }
            return null;
        }
        String written = post.text("rateLimit");
        Matcher matcher = SYNTAX.matcher(written);
        if (!matcher.matches()) {
            scope.error(post, "rateLimit", "wrong rate limit " + Problems.quote(written),
                    "it is a number of seconds, minutes or hours", "write it like 30, 30s, 5m or 1h");
            return null;
        }
        long seconds = Long.parseLong(matcher.group(1)) * switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "m" -> 60;
            case "h" -> 3600;
            default -> 1;
        };
        if (seconds < 1 || seconds > Limits.RATE_LIMIT_SECONDS) {
            scope.error(post, "rateLimit", "rate limit of " + seconds + " seconds",
                    "it lies from 1 to " + Limits.RATE_LIMIT_SECONDS + " seconds", "");
            return null;
        }
        return new RateLimit(written, (int) seconds, scope(post));
    }

    private RateLimit.Scope scope(Section post) {
        if (!post.has("rateLimitScope")) {
            return RateLimit.Scope.THREAD;
        }
        String word = post.text("rateLimitScope");
        for (RateLimit.Scope known : RateLimit.Scope.values()) {
            if (known.name().equalsIgnoreCase(word)) {
                return known;
            }
        }
        scope.error(post, "rateLimitScope", "unknown value " + Problems.quote(word),
                "it is one of thread, process, global", "");
        return RateLimit.Scope.THREAD;
    }
}
