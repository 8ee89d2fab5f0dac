// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.EventRate;
import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The value of every flag, read and checked. */
public final class FlagSettings implements Settings {
    private static final Log LOG = Log.of(FlagSettings.class);

    private final Map<String, String> texts;
    private final Map<String, Object> values;

    private FlagSettings(Map<String, String> texts, Map<String, Object> values) {
        this.texts = texts;
        this.values = values;
    }

    /**
     * Reads the values of every flag.
     *
     * @param given text of the flags that some source sets
     * @param origins the name of that source, by flag
     */
    static FlagSettings of(Map<String, String> given, Map<String, String> origins) throws TetragonException {
        Map<String, String> texts = new HashMap<>();
        Map<String, Object> values = new TreeMap<>();
        for (Flag flag : Flags.all()) {
            String text = given.getOrDefault(flag.name(), flag.defaultText());
            if (text.isEmpty() && flag.type() != FlagType.STRING) {
                // Clearing a value by an empty file means the default for whatever has no empty value.
                text = flag.defaultText();
            }
            Object value;
            try {
                value = flag.type().parse(text);
            } catch (IllegalArgumentException e) {
                if (flag.name().equals("export-rate-limit")) {
                    LOG.warn("no export rate limit", "flag", flag.name(), "value", text, "reason", e.getMessage());
                    text = "-1";
                    value = -1L;
                } else {
                    throw Source.invalid("--" + flag.name() + "=" + text + " (" + origins.get(flag.name()) + ")",
                            String.valueOf(e.getMessage()));
                }
            }
            texts.put(flag.name(), text);
            values.put(flag.name(), value);
        }
        return new FlagSettings(texts, Collections.unmodifiableMap(values));
    }

    /** Tells whether a flag differs from its default. */
    boolean isSet(String flag) {
        Flag row = row(flag);
        return !value(flag, Object.class).equals(row.type().parse(row.defaultText()));
    }

    /** Returns every flag with its value: a Boolean, Long, String, Duration, EventRate or List. */
    public Map<String, Object> values() {
        return values;
    }

    @Override
    public String string(String flag) {
        row(flag);
        return texts.get(flag);
    }

    @Override
    public boolean bool(String flag) {
        return value(flag, Boolean.class);
    }

    @Override
    public long number(String flag) {
        return value(flag, Long.class);
    }

    @Override
    public long size(String flag) {
        return value(flag, Long.class);
    }

    @Override
    public Duration duration(String flag) {
        return value(flag, Duration.class);
    }

    @Override
    public EventRate rate(String flag) {
        return value(flag, EventRate.class);
    }

    @Override
    public List<String> list(String flag) {
        List<?> elements = value(flag, List.class);
        return elements.stream().map(String.class::cast).toList();
    }

    private <T> T value(String flag, Class<T> type) {
        row(flag);
        Object value = values.get(flag);
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("flag " + flag + " is no " + type.getSimpleName());
        }
        return type.cast(value);
    }

    private static Flag row(String flag) {
        Flag row = Flags.find(flag);
        if (row == null) {
            throw new IllegalArgumentException("no flag " + flag);
        }
        return row;
    }
}
