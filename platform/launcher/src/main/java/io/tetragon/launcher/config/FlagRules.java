// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.util.List;

/** What a value must be beyond its type, and which flags exclude or need each other. */
final class FlagRules {
    private static final Log LOG = Log.of(FlagRules.class);

    private final FlagSettings settings;

    private FlagRules(FlagSettings settings) {
        this.settings = settings;
    }

    static void check(FlagSettings settings) throws TetragonException {
        FlagRules rules = new FlagRules(settings);
        rules.values();
        rules.combinations();
        rules.tls();
        rules.warnings();
    }

    private void values() throws TetragonException {
        oneOf("log-format", "text", "json");
        oneOf("log-level", "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic");
        oneOf("username-metadata", "disabled", "unix");
        require(settings.string("export-file-perm").matches("0?[0-7]{1,3}"),
                "export-file-perm", "expected octal permissions such as 600");
        positive("event-queue-size");
        positive("process-cache-size");
        require(settings.duration("process-cache-gc-interval").toNanos() > 0,
                "process-cache-gc-interval", "must be longer than 0");
        require(settings.number("k8s-controlplane-retry") != 0,
                "k8s-controlplane-retry", "0 attempts make no connection");
        require(settings.number("verbose") >= 0 && settings.number("verbose") <= 2, "verbose", "expected 0, 1 or 2");
        String policies = settings.string("tracing-policy-dir");
        require(policies.isEmpty() || policies.startsWith("/"), "tracing-policy-dir", "must be an absolute path");
        for (String directory : List.of("sensors-dir", "exporters-dir")) {
            require(!settings.string(directory).contains(","), directory, "must not contain a comma");
        }
    }

    private void combinations() throws TetragonException {
        notBoth("rb-size", "rb-size-total");
        notBoth("execve-map-entries", "execve-map-size");
        notBoth("parents-map-entries", "parents-map-size");
        notBoth("force-small-progs", "force-large-progs");
        notBoth("disable-process-cache", "enable-ancestors");
        List<String> ancestors = settings.list("enable-ancestors");
        require(ancestors.isEmpty() || ancestors.contains("base"),
                "enable-ancestors", "the other event classes need base");
    }

    private void tls() throws TetragonException {
        boolean certificate = settings.isSet("server-tls-cert-file");
        boolean authorities = settings.isSet("server-tls-client-ca-files");
        require(certificate == settings.isSet("server-tls-key-file"),
                "server-tls-cert-file", "goes only together with --server-tls-key-file");
        if (settings.bool("server-tls-require-client-cert")) {
            require(certificate && authorities, "server-tls-require-client-cert",
                    "needs --server-tls-cert-file, --server-tls-key-file and --server-tls-client-ca-files");
        } else {
            require(!authorities, "server-tls-client-ca-files", "needs --server-tls-require-client-cert");
        }
        String address = settings.string("server-address");
        require(!certificate || !address.isEmpty() && !address.startsWith("unix:"),
                "server-tls-cert-file", "needs a --server-address with host and port");
    }

    private void warnings() {
        for (Flag flag : Flags.all()) {
            boolean inert = flag.effect() == Flag.Effect.NOT_YET || flag.effect() == Flag.Effect.HIDDEN;
            if (inert && settings.isSet(flag.name())) {
                LOG.warn("flag " + flag.name() + " has no effect yet", "value", settings.string(flag.name()));
            }
        }
    }

    private void oneOf(String flag, String... words) throws TetragonException {
        require(List.of(words).contains(settings.string(flag)), flag, "expected one of " + String.join(", ", words));
    }

    private void positive(String flag) throws TetragonException {
        require(settings.number(flag) > 0, flag, "must be above 0");
    }

    private void notBoth(String one, String other) throws TetragonException {
        if (settings.isSet(one) && settings.isSet(other)) {
            throw Source.invalid("--" + one + " and --" + other, "exclude each other");
        }
    }

    private void require(boolean condition, String flag, String why) throws TetragonException {
        if (!condition) {
            throw Source.invalid("--" + flag + "=" + settings.string(flag), why);
        }
    }
}
