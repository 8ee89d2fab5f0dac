// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.policy.model.ArgumentClass;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Values for filters, and values of arguments, that have a fair chance to meet. Repeatable from its seed. */
final class RandomFilters {
    private static final List<String> WORDS =
            List.of("/", "e", "etc", "/etc/", "passwd", ".bash", "PassWd", "x".repeat(60), "y".repeat(130));

    final Random random;

    RandomFilters(long seed) {
        random = new Random(seed);
    }

    /** The values of a filter, as YAML. */
    List<String> values(ArgumentType type, Operator operator, int arguments) {
        return switch (operator) {
            case EQUAL, NOT_EQUAL -> switch (type.valueClass()) {
                case INTEGER -> several(() -> number(type), 12);
                case CAPABILITIES -> several(() -> "0x" + Long.toHexString(capabilities()), 6);
                case UNIX_ADDRESS -> several(() -> text(100), 5);
                default -> several(() -> text(600), 8);
            };
            case GREATER_THAN, LESS_THAN -> several(() -> number(type), 3);
            case IN_MAP, NOT_IN_MAP -> several(() -> type == ArgumentType.SYSCALL64 && chance(3) ? "list:calls"
                    : chance(3) ? range(type) : number(type), 40);
            case IN_RANGE, NOT_IN_RANGE -> several(() -> range(type), 12);
            case MASK -> several(() -> type.valueClass() == ArgumentClass.CAPABILITIES
                    ? Long.toHexString(capabilities()) : "0x" + Integer.toHexString(1 << random.nextInt(7)), 2);
            case PREFIX, NOT_PREFIX -> several(() -> text(256), 6);
            case POSTFIX, NOT_POSTFIX -> several(() -> text(127), 6);
            case SUB_STRING, SUB_STRING_IGN_CASE -> several(() -> text(99), 3);
            case SADDR, NOT_SADDR, DADDR, NOT_DADDR -> several(this::subnet, 5);
            case SPORT, NOT_SPORT, DPORT, NOT_DPORT -> several(() -> chance(2) ? String.valueOf(port())
                    : ordered(port(), port()), 8);
            case SPORT_PRIV, NOT_SPORT_PRIV, DPORT_PRIV, NOT_DPORT_PRIV, CAPABILITIES_GAINED -> List.of();
            case PROTOCOL -> several(() -> chance(2) ? "IPPROTO_TCP" : String.valueOf(random.nextInt(20)), 6);
            case FAMILY -> several(() -> chance(2) ? "AF_INET" : String.valueOf(random.nextInt(12)), 5);
            case STATE -> several(() -> chance(2) ? "TCP_LISTEN" : String.valueOf(1 + random.nextInt(11)), 5);
            case FILE_TYPE, NOT_FILE_TYPE -> several(() -> pick(List.of("reg", "dir", "sock", "fifo")), 3);
            case CEL_EXPR -> List.of(truth(arguments, arguments));
        };
    }

    /** What an argument of a type may be at run time. */
    Value actual(ArgumentType type) {
        if (chance(25)) {
            return new Value.Unread();
        }
        return switch (type.valueClass()) {
            case INTEGER -> new Value.Num(extend(type, type == ArgumentType.SYSCALL64 && chance(2)
                    ? pick(List.of(0L, 4L, 32L, 0x8000003fL, 1L)) : near(type)));
            case CAPABILITIES -> new Value.Num(capabilities());
            case SOCKET, SOCKET_ADDRESS -> sock();
            default -> new Value.Text(text(1000).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                    pick(List.of(0100644, 040755, 0140777, 010600, 020666)), random.nextInt(12));
        };
    }

    Caller caller(List<Long> namespaces) {
        List<Caller> ancestors = IntStream.range(0, random.nextInt(3))
                .mapToObj(i -> Caller.ancestor(random.nextInt(6), random.nextInt(6), binary())).toList();
        List<Long> capabilities = Stream.generate(this::capabilities).limit(3).toList();
        return new Caller(random.nextInt(6), random.nextInt(6), binary(), ancestors,
                Stream.generate(() -> pick(namespaces)).limit(10).toList(),
                Stream.generate(() -> pick(namespaces)).limit(10).toList(), capabilities,
                chance(2) ? capabilities : Stream.generate(this::capabilities).limit(3).toList(), chance(2));
    }

    String binary() {
        return pick(List.of("/usr/bin/cat", "/usr/bin/tail", "/bin/sh", "/usr/sbin/sshd"));
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private List<String> several(Supplier<String> value, int most) {
        return Stream.generate(value).limit(1 + random.nextInt(most)).collect(Collectors.toCollection(ArrayList::new));
    }

    /** Small numbers, so that they meet, and the ends of the type. */
    private long near(ArgumentType type) {
        return switch (random.nextInt(6)) {
            case 0 -> type.signed() ? -1 - random.nextInt(10) : random.nextInt(100);
            case 1 -> type.signed() ? -1L << type.bits() - 1 : 0;
            case 2 -> type.signed() ? ~(-1L << type.bits() - 1) : type.bits() == 64 ? -1 : (1L << type.bits()) - 1;
            default -> random.nextInt(100);
        };
    }

    private static long extend(ArgumentType type, long value) {
        int unused = 64 - type.bits();
        return type.signed() ? value << unused >> unused : value << unused >>> unused;
    }

    private String number(ArgumentType type) {
        return written(type, extend(type, near(type)));
    }

    private static String written(ArgumentType type, long value) {
        return type.signed() ? String.valueOf(value) : Long.toUnsignedString(value);
    }

    private String range(ArgumentType type) {
        long a = extend(type, near(type));
        long b = chance(3) ? extend(type, near(type)) : extend(type, a + random.nextInt(6));
        boolean ordered = type.signed() ? a <= b : Long.compareUnsigned(a, b) <= 0;
        return written(type, ordered ? a : b) + ":" + written(type, ordered ? b : a);
    }

    private static String ordered(int a, int b) {
        return Math.min(a, b) + ":" + Math.max(a, b);
    }

    private long capabilities() {
        return chance(3) ? 0x1ffffffffffL : 1L << random.nextInt(6) | 1L << random.nextInt(6);
    }

    private int port() {
        return pick(List.of(0, 22, 80, 1023, 1024, 8080, 65535, random.nextInt(100)));
    }

    private String text(int max) {
        StringBuilder text = new StringBuilder();
        do {
            text.append(pick(WORDS));
        } while (!chance(4));
        return text.substring(0, Math.min(max, text.length()));
    }

    private String subnet() {
        if (chance(3)) {
            return pick(List.of("::1", "fd00::/8", "fd00:1::/33", "fe80::1/64", "::/0"));
        }
        return pick(List.of("10.0.0.1", "10.0.0.0/8", "10.1.0.0/15", "127.0.0.1", "10.1.2.128/25", "0.0.0.0/0"));
    }

    private Value.Sock sock() {
        int family = pick(List.of(2, 2, 10, 1));
        return new Value.Sock(family, pick(List.of(6, 17, 1)), 1 + random.nextInt(11), address(family), address(family),
                port(), port());
    }

    private byte[] address(int family) {
        List<int[]> four = List.of(new int[] {10, 0, 0, 1}, new int[] {10, 1, 2, 200}, new int[] {127, 0, 0, 1},
                new int[] {192, 168, 1, 1});
        byte[] address = new byte[family == 2 ? 4 : family == 10 ? 16 : 0];
        if (family == 2) {
            int[] picked = pick(four);
            IntStream.range(0, 4).forEach(i -> address[i] = (byte) picked[i]);
        } else if (family == 10) {
            address[0] = (byte) (chance(2) ? 0xfd : 0);
            address[3] = (byte) random.nextInt(2);
            address[15] = 1;
        }
        return address;
    }

    private String truth(int arguments, int depth) {
        return switch (random.nextInt(depth == 0 ? 1 : 5)) {
            case 1 -> "(" + truth(arguments, depth - 1) + " && " + truth(arguments, depth - 1) + ")";
            case 2 -> "(" + truth(arguments, depth - 1) + " || " + truth(arguments, depth - 1) + ")";
            case 3 -> "!(" + truth(arguments, depth - 1) + ")";
            case 4 -> "(" + truth(arguments, depth - 1) + " != " + truth(arguments, depth - 1) + ")";
            default -> "(" + integer(arguments, 1) + pick(List.of(" < ", " <= ", " > ", " >= ", " == ", " != "))
                    + integer(arguments, 1) + ")";
        };
    }

    private String integer(int arguments, int depth) {
        String left = depth == 0 ? "" : integer(arguments, depth - 1);
        return switch (random.nextInt(depth == 0 ? 2 : 7)) {
            case 0 -> "arg" + random.nextInt(arguments);
            case 1 -> String.valueOf(random.nextInt(50));
            case 2 -> "(" + left + pick(List.of(" + ", " - ")) + integer(arguments, depth - 1) + ")";
            case 3 -> pick(List.of("and", "or", "xor")) + "(" + left + ", " + integer(arguments, depth - 1) + ")";
            case 4 -> "not(" + left + ")";
            case 5 -> pick(List.of("int32", "uint32")) + "(" + left + ")";
            default -> "-(" + left + ")";
        };
    }

    /** Values as a YAML flow list; texts have no character that needs more than quotes. */
    static String yaml(List<String> values) {
        return values.stream().map(value -> '"' + value + '"').collect(Collectors.joining(", ", "[", "]"));
    }

    /** Several distinct entries of a list, in any order. */
    <T> List<T> some(List<T> list) {
        List<T> shuffled = new ArrayList<>(list);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, 1 + random.nextInt(shuffled.size()));
    }
}
