// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import java.util.ArrayList;
import java.util.List;

/**
 * What a compact line says of an event, before source and binary are put between name and details.
 * Filled by one thread, then only read.
 */
final class Headline {
    private final String icon;
    private final String name;
    private final List<Span> details = new ArrayList<>();

    private Headline(String icon, String name) {
        this.icon = icon;
        this.name = name;
    }

    /** A piece of text in a colour. */
    record Span(Colour colour, String text) {}

    /** The colours of the compact output, with their number in an escape sequence. */
    enum Colour {
        RED(31),
        GREEN(32),
        BLUE(34),
        MAGENTA(35),
        CYAN(36);

        final int code;

        Colour(int code) {
            this.code = code;
        }
    }

    /**
     * @param icon the picture, with the spaces some terminals need after it
     * @param name padded to seven characters when printed
     */
    static Headline of(String icon, String name) {
        return new Headline(icon, name);
    }

    /** Adds text from the kernel or a process; shown quoted if it could disturb a terminal. */
    Headline arg(String untrusted) {
        details.add(new Span(Colour.CYAN, GoQuote.maybe(untrusted)));
        return this;
    }

    /** Adds text of our own making. */
    Headline plain(String text) {
        details.add(new Span(Colour.CYAN, text));
        return this;
    }

    Headline status(String text) {
        details.add(new Span(Colour.RED, GoQuote.maybe(text)));
        return this;
    }

    String icon() {
        return icon;
    }

    String name() {
        return name;
    }

    List<Span> details() {
        return details;
    }
}
