// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.internal.yaml.YamlNode.Scalar;
import org.jspecify.annotations.Nullable;

/** What a scalar is by the rules of YAML 1.1 that Kubernetes' own reader follows. */
enum ScalarType {
    TEXT("a text"),
    FLAG("a boolean"),
    WHOLE("an integer"),
    FRACTION("a number"),
    NOTHING("null");

    private final String article;

    ScalarType(String article) {
        this.article = article;
    }

    String article() {
        return article;
    }

    static ScalarType of(Scalar scalar) {
        if (!scalar.plain()) {
            return TEXT;
        }
        if (scalar.isNull()) {
            return NOTHING;
        }
        String text = scalar.text();
        if (isFlag(text)) {
            return FLAG;
        }
        if (looksWhole(text)) {
            return WHOLE;
        }
        return looksFractional(text) ? FRACTION : TEXT;
    }

    private static boolean isFlag(String text) {
        return switch (text) {
            case "true", "True", "TRUE", "false", "False", "FALSE",
                    "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF" -> true;
            default -> false;
        };
    }

    static boolean flag(String text) {
        return switch (text) {
            case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON" -> true;
            default -> false;
        };
    }

    /** The integer a scalar stands for, or null when it does not fit a long. */
    static @Nullable Long whole(String text) {
        boolean negative = text.startsWith("-");
        String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        int radix = radix(digits);
        String magnitude = digits.substring(prefix(digits)).replace("_", "");
        try {
            return Long.parseLong(negative ? "-" + magnitude : magnitude, radix);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static boolean looksWhole(String text) {
        String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        int radix = radix(digits);
        int start = prefix(digits);
        if (start >= digits.length() || Character.digit(digits.charAt(start), radix) < 0) {
            return false;
        }
        for (int i = start; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c != '_' && (c > 'f' || Character.digit(c, radix) < 0)) {
                return false;
            }
        }
        return true;
    }

    private static int radix(String digits) {
        if (digits.length() < 2 || digits.charAt(0) != '0') {
            return 10;
        }
        return switch (digits.charAt(1)) {
            case 'x' -> 16;
            case 'b' -> 2;
            default -> 8;
        };
    }

    private static int prefix(String digits) {
        if (digits.length() < 2 || digits.charAt(0) != '0') {
            return 0;
        }
        return switch (digits.charAt(1)) {
            case 'x', 'b', 'o' -> 2;
            default -> 1;
        };
    }

    private static boolean looksFractional(String text) {
        int digits = 0;
        int dots = 0;
        int start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '.') {
                dots++;
            } else if ((c == 'e' || c == 'E') && digits > 0) {
                return text.substring(i + 1).matches("[-+]?[0-9]{1,9}");
            } else {
                return false;
            }
        }
        return digits > 0 && dots == 1;
    }
}
