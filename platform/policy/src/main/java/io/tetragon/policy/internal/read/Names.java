// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import java.util.regex.Pattern;

/** The rules of names, Kubernetes' and the kernel's. */
final class Names {
    static final String SYMBOL_RULE = "a name has letters, digits, '_', '.', '$' and ':', up to " + Limits.SYMBOL_BYTES;

    private static final int SUBDOMAIN_MAX = 253;
    private static final int LABEL_MAX = 63;
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final Pattern SYMBOL = Pattern.compile("[A-Za-z0-9_.$:]+");

    private Names() {}

    /** Whether a text is a DNS subdomain by RFC 1123, as names of objects are. */
    static boolean subdomain(String text) {
        return text.length() <= SUBDOMAIN_MAX && SUBDOMAIN.matcher(text).matches();
    }

    /** Whether a text is a DNS label by RFC 1123, as names of namespaces are. */
    static boolean label(String text) {
        return text.length() <= LABEL_MAX && LABEL.matcher(text).matches();
    }

    /** Whether a text can be the name of a kernel function. */
    static boolean symbol(String text) {
        return text.length() <= Limits.SYMBOL_BYTES && SYMBOL.matcher(text).matches();
    }
}
