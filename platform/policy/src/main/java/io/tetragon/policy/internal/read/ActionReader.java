// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Action.Redirect;
import io.tetragon.policy.model.ArgumentClass;
import io.tetragon.policy.model.RegisterAssignment;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code matchActions} and {@code matchReturnActions}. */
final class ActionReader {
    private static final Pattern HOST_NAME =
            Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
                    + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*\\.?");
    private static final int HOST_NAME_MAX = 253;
    private static final int URL_MAX = 2048;

    private static final Set<String> WITHOUT_EFFECT = Set.of("FollowFD", "UnfollowFD", "CopyFD");
    private static final Set<String> STACKS = Set.of("kernelStackTrace", "stackTrace", "userStackTrace");
    private static final Set<String> REDIRECTS = Set.of("argNewSymbol", "argNewAddr", "argNewOffset");

    /** The parameters of each action; those without any are left out. */
    private static final Map<String, Set<String>> PARAMETERS = Map.of(
            "Post", Set.of("rateLimit", "rateLimitScope", "kernelStackTrace", "stackTrace", "userStackTrace",
                    "imaHash"),
            "Signal", Set.of("argSig"),
            "Override", Set.of("argError", "argRegs", "argNewSymbol", "argNewAddr", "argNewOffset"),
            "GetUrl", Set.of("argUrl"),
            "DnsLookup", Set.of("argFqdn"),
            "TrackSock", Set.of("argSock"),
            "UntrackSock", Set.of("argSock"),
            "NotifyEnforcer", Set.of("argError", "argSig"),
            "NotifyKiller", Set.of("argError", "argSig"),
            "Set", Set.of("argIndex", "argValue"));

    private final Scope scope;
    private final Hook hook;

    ActionReader(Scope scope, Hook hook) {
        this.scope = scope;
        this.hook = hook;
    }

    List<Action> actions(Section selector, String field) {
        List<Action> actions = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections(field))) {
            if (!section.has("action")) {
                continue;
            }
            Action action = action(section);
            if (action != null) {
                actions.add(action);
            }
        }
        return actions;
    }

    private @Nullable Action action(Section section) {
        String word = section.text("action");
        if (WITHOUT_EFFECT.contains(word)) {
            scope.warning(section, "action", word + " has no effect", "file descriptors are resolved without it",
                    "remove it");
            return null;
        }
        if (word.equals("NotifyKiller")) {
            scope.warning(section, "action", "\"NotifyKiller\" is an old name", "", "write \"NotifyEnforcer\"");
            word = "NotifyEnforcer";
        }
        if (!hook.kind().actions().contains(word)) {
            scope.error(section, "action", "action " + word + " on " + hook.kind().title(),
                    "it has " + String.join(", ", hook.kind().actions().stream().sorted().toList()), "");
            return null;
        }
        checkParameters(section, word);
        return switch (word) {
            case "Post" -> post(section);
            case "NoPost" -> new Action.NoPost(section.at());
            case "Sigkill" -> new Action.Sigkill(section.at());
            case "Signal" -> new Action.Signal(section.at(), signal(section, 1, true));
            case "Override" -> override(section);
            case "GetUrl" -> new Action.GetUrl(section.at(), url(section));
            case "DnsLookup" -> new Action.DnsLookup(section.at(), hostName(section));
            case "TrackSock" -> new Action.TrackSock(section.at(), socket(section));
            case "UntrackSock" -> new Action.UntrackSock(section.at(), socket(section));
            case "NotifyEnforcer" -> notifyEnforcer(section);
            case "Set" -> set(section);
            default -> new Action.CleanupEnforcerNotification(section.at());
        };
    }

    private void checkParameters(Section section, String action) {
        Set<String> own = PARAMETERS.getOrDefault(action, Set.of());
        for (String field : section.given()) {
            if (field.equals("action") || own.contains(field)) {
                continue;
            }
            if (STACKS.contains(field)) {
                scope.error(section, field, field + " with " + action, "only Post sends stack traces",
                        "add a Post action");
            } else {
                scope.warning(section, field, field + " has no effect on " + action, "", "remove it");
            }
        }
    }

    private Action post(Section section) {
        boolean kernel = section.flag("kernelStackTrace", section.flag("stackTrace", false));
        boolean user = section.flag("userStackTrace", false);
        if ((kernel || user) && !hook.kind().stackTraces()) {
            String kernelField = section.has("stackTrace") ? "stackTrace" : "kernelStackTrace";
            scope.error(section, user ? "userStackTrace" : kernelField, "stack trace on " + hook.kind().title(),
                    "only kprobes and fentries have them", "remove it");
        }
        boolean hash = section.flag("imaHash", false);
        if (hash && hook.kind() != HookKind.LSM) {
            scope.error(section, "imaHash", "imaHash on " + hook.kind().title(), "only LSM hooks have it", "remove it");
        }
        return new Action.Post(section.at(), new RateLimitReader(scope).read(section), kernel, user, hash);
    }

    private int signal(Section section, int min, boolean required) {
        if (!section.has("argSig")) {
            if (required && section.whole()) {
                scope.error(section, "field \"argSig\" is missing", "Signal sends a signal by number",
                        "write it like argSig: 15");
            }
            return 0;
        }
        long signal = section.whole("argSig", 0);
        if (signal < min || signal > Limits.SIGNAL) {
            scope.error(section, "argSig", "no signal " + signal, "signals are " + min + " to " + Limits.SIGNAL, "");
        }
        return (int) signal;
    }

    private Action notifyEnforcer(Section section) {
        if (!scope.enforcer()) {
            scope.error(section, "action", "NotifyEnforcer without an enforcer", "nothing would act on it",
                    "add spec.enforcers");
        }
        if (!section.has("argError") && !section.has("argSig") && section.whole()) {
            scope.error(section, "NotifyEnforcer without argError and argSig", "nothing would be done",
                    "add one of them");
        }
        long error = section.whole("argError", 0);
        if (error > 0 || error < -Limits.ERRNO) {
            scope.error(section, "argError", "argError " + error, "it lies from -" + Limits.ERRNO + " to 0", "");
        }
        return new Action.NotifyEnforcer(section.at(), (int) error, signal(section, 0, false));
    }

    private Action override(Section section) {
        long error = section.whole("argError", 0);
        boolean user = hook.kind() == HookKind.UPROBE;
        List<RegisterAssignment> registers = new RegisterReader(scope).read(section);
        Redirect redirect = redirect(section);
        if (!user) {
            checkKernelOverride(section, error);
        } else if (redirect != null && !registers.isEmpty()) {
            scope.error(section, "argRegs", "argRegs with a new place", "an override does one of them",
                    "remove one of them");
        }
        return new Action.Override(section.at(), (int) error, registers, redirect);
    }

    private void checkKernelOverride(Section section, long error) {
        for (String field : section.given()) {
            if (field.equals("argRegs") || REDIRECTS.contains(field)) {
                scope.error(section, field, field + " on " + hook.kind().title(), "only uprobes have it", "remove it");
            }
        }
        boolean strict = hook.kind() == HookKind.LSM || hook.function().startsWith("security_");
        if (error < -Limits.ERRNO || strict && error > 0) {
            scope.error(section, "argError", "argError " + error,
                    strict ? "it lies from -" + Limits.ERRNO + " to 0" : "error numbers end at -" + Limits.ERRNO, "");
        } else if (error > 0) {
            scope.warning(section, "argError", "argError " + error + " is no error",
                    "the function returns it as a success", "error numbers are negative");
        } else if (!section.has("argError") && section.whole()) {
            scope.warning(section, "Override without argError", "the function returns 0, a success",
                    "write it like argError: -1");
        }
    }

    private @Nullable Redirect redirect(Section section) {
        List<String> given = section.given().stream().filter(REDIRECTS::contains).toList();
        if (given.size() > 1) {
            scope.error(section, given.get(1), "both " + given.get(0) + " and " + given.get(1),
                    "at most one of argNewSymbol, argNewAddr, argNewOffset", "keep one of them");
        }
        if (section.has("argNewSymbol")) {
            if (section.text("argNewSymbol").isEmpty()) {
                scope.error(section, "argNewSymbol", "empty symbol", "", "name the function");
            }
            return new Redirect.ToSymbol(section.text("argNewSymbol"));
        }
        if (section.has("argNewAddr")) {
            return new Redirect.ToAddress(section.whole("argNewAddr", 0));
        }
        return section.has("argNewOffset") ? new Redirect.ToOffset(section.whole("argNewOffset", 0)) : null;
    }

    private String url(Section section) {
        String url = section.text("argUrl");
        if (!section.has("argUrl")) {
            if (section.whole()) {
                scope.error(section, "field \"argUrl\" is missing", "GetUrl fetches it", "");
            }
            return url;
        }
        String why = url.length() > URL_MAX ? "the limit is " + URL_MAX + " characters" : "";
        try {
            URI uri = new URI(why.isEmpty() ? url : "");
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (why.isEmpty() && (!http || uri.getHost() == null)) {
                why = "it is fetched by http or https from a host";
            }
        } catch (URISyntaxException e) {
            why = "it is no URL";
        }
        if (!why.isEmpty()) {
            scope.error(section, "argUrl", "wrong URL " + Problems.quote(url), why, "write it like http://host/path");
        }
        return url;
    }

    private String hostName(Section section) {
        String name = section.text("argFqdn");
        if (!section.has("argFqdn")) {
            if (section.whole()) {
                scope.error(section, "field \"argFqdn\" is missing", "DnsLookup looks it up", "");
            }
        } else if (name.length() > HOST_NAME_MAX || !HOST_NAME.matcher(name).matches()) {
            scope.error(section, "argFqdn", "wrong host name " + Problems.quote(name),
                    "it has labels of up to 63 letters, digits and hyphens, " + HOST_NAME_MAX + " in all", "");
        }
        return name;
    }

    private int socket(Section section) {
        int position = argument(section, "argSock");
        if (position >= 0 && hook.args().get(position).type().valueClass() != ArgumentClass.SOCKET
                && hook.args().get(position).type().valueClass() != ArgumentClass.UNKNOWN) {
            scope.error(section, "argSock", "argument " + section.whole("argSock", 0) + " is no socket",
                    "its type is " + hook.args().get(position).type().words().get(0), "name an argument of type sock");
        }
        return Math.max(position, 0);
    }

    private Action set(Section section) {
        return new Action.SetArgument(section.at(), Math.max(argument(section, "argIndex"), 0),
                (int) section.whole("argValue", 0));
    }

    private int argument(Section section, String field) {
        long index = section.whole(field, 0);
        int position = index < 0 ? -1 : hook.position(index);
        if (position < 0 && section.whole() && hook.sound()) {
            scope.error(section, field, "no argument with index " + index,
                    hook.args().isEmpty() ? "the hook has no args" : "the hook reads arguments " + hook.indexes(),
                    "add it to args");
        }
        return position;
    }
}
