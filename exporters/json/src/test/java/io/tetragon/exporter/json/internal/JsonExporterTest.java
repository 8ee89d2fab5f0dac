// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonExporterTest {
    @TempDir
    Path directory;

    private final Bus bus = new Bus();
    private final Map<String, Object> flags = new HashMap<>(Map.of(
            "export-allowlist", "allow",
            "export-denylist", "",
            "field-filters", "mask",
            "export-rate-limit", -1L,
            "event-queue-size", 10_000L,
            "export-file-max-size-mb", 10L,
            "export-file-max-backups", 5L,
            "export-file-rotation-interval", Duration.ZERO,
            "export-file-perm", "600",
            "export-file-compress", false));

    @Test
    void flags_become_a_subscription_and_events_become_lines() throws Exception {
        Path file = export("tetragon.log");
        flags.put("export-rate-limit", 7L);
        try (LogLines log = new LogLines()) {
            JsonExporter exporter = start();
            SubscriptionRequest request = bus.request;
            assertEquals("json", request.name());
            assertEquals(10_000, request.queueSize());
            assertEquals(7, request.eventsPerMinute());
            assertEquals(List.of("allow"), request.allow().get(0).getBinaryRegexList());
            assertEquals(List.of(), request.deny());
            assertEquals(List.of("mask"), request.fieldFilters().get(0).getFields().getPathsList());
            bus.listener().event(NumberedEvent.of(0));
            exporter.close();
            exporter.close();
            assertEquals(1, bus.closed);
            assertEquals(List.of("exporting events as JSON"), log.messages());
        }
        assertEquals(List.of(0L), Exported.numbers(file));
    }

    @Test
    void the_rotation_changes_while_it_runs() throws Exception {
        Path file = export("tetragon.log");
        try (LogLines log = new LogLines()) {
            JsonExporter exporter = start();
            bus.listener().event(NumberedEvent.of(0));
            bus.listener().flush();
            exporter.rotation(new RotationPolicy(1, Duration.ofHours(1), 5));
            bus.listener().event(NumberedEvent.of(1));
            exporter.close();
            assertEquals(1, log.messages().size());
        }
        assertEquals(List.of(1L), Exported.numbers(file));
        assertEquals(1, Exported.backups(directory, "tetragon.log").size());
    }

    @ParameterizedTest(name = "file \"{0}\" at {1} events a minute")
    @CsvSource({"'', -1", "tetragon.log, 0"})
    void without_a_file_or_a_rate_there_is_no_export(String file, long rate) throws TetragonException {
        flags.put("export-filename", file.isEmpty() ? "" : directory.resolve(file).toString());
        flags.put("export-rate-limit", rate);
        start().close();
        assertFalse(bus.isSubscribed());
        assertFalse(Files.exists(directory.resolve("tetragon.log")));
    }

    @ParameterizedTest(name = "{0} = {1}: {2}")
    @CsvSource({
        "export-filename, .,              FAILED_PRECONDITION, is a directory",
        "export-filename, /dev/null/x,    FAILED_PRECONDITION, Not a directory",
        "export-filename, /proc/x,        FAILED_PRECONDITION, change --export-filename",
        "export-file-perm, rw,            INVALID_ARGUMENT,    not an octal number",
        "export-file-max-size-mb, -1,     INVALID_ARGUMENT,    out of range",
        "export-file-max-backups, -1,     INVALID_ARGUMENT,    out of range",
        "export-file-rotation-interval, PT-1S, INVALID_ARGUMENT, is negative",
        "export-rate-limit, 4294967296,   INVALID_ARGUMENT,    out of range",
        "event-queue-size, 0,             INVALID_ARGUMENT,    out of range",
        "export-denylist, broken,         INVALID_ARGUMENT,    broken",
    })
    void what_is_wrong_fails_the_activation(String flag, String value, Kind kind, String reason) {
        export("tetragon.log");
        flags.put(flag, typed(flag, value));
        try (LogLines log = new LogLines()) {
            TetragonException e = assertThrows(TetragonException.class, this::start);
            assertEquals(kind, e.kind());
            assertTrue(e.getMessage().contains(reason), e.getMessage());
            assertEquals(List.of("cannot start the JSON export"), log.messages());
        }
        assertFalse(bus.isSubscribed());
    }

    @Test
    void a_bus_that_refuses_leaves_no_thread_behind() {
        export("tetragon.log");
        bus.refuses = true;
        try (LogLines log = new LogLines()) {
            assertThrows(TetragonException.class, this::start);
            assertEquals(1, log.messages().size());
        }
    }

    private Path export(String name) {
        Path file = directory.resolve(name);
        flags.put("export-filename", file.toString());
        return file;
    }

    private Object typed(String flag, String value) {
        return switch (flag) {
            case "export-filename" -> directory.resolve(value).toString();
            case "export-file-rotation-interval" -> Duration.parse(value);
            case "export-file-perm", "export-denylist" -> value;
            default -> Long.valueOf(value);
        };
    }

    private JsonExporter start() throws TetragonException {
        return new JsonExporter(bus, new MapSettings(flags), new EchoParser());
    }

    /** Hands events to the one listener on the thread of the test. */
    private static final class Bus implements EventBus {
        private @Nullable EventListener listener;
        private SubscriptionRequest request = SubscriptionRequest.everything("none", 1);
        private int closed;
        private boolean refuses;

        boolean isSubscribed() {
            return listener != null;
        }

        EventListener listener() {
            if (listener == null) {
                throw new AssertionError("nobody subscribed");
            }
            return listener;
        }

        @Override
        public Subscription subscribe(SubscriptionRequest wanted, EventListener subscriber) throws TetragonException {
            if (refuses) {
                throw new TetragonException(Kind.INVALID_ARGUMENT, "subscribe", "filter", "");
            }
            request = wanted;
            listener = subscriber;
            return new Subscription() {
                @Override
                public ListenerLedger ledger() {
                    return new ListenerLedger(0, 0, 0, 0, 0, 0);
                }

                @Override
                public void close() {
                    closed++;
                    subscriber.closed();
                }
            };
        }
    }

    /** Parses a word to a filter that has it, so that the test sees which flag went where. */
    private static final class EchoParser implements FilterParser {
        @Override
        public List<Filter> parse(String flag, String text) throws TetragonException {
            if (text.equals("broken")) {
                throw new TetragonException(Kind.INVALID_ARGUMENT, "parse --" + flag, "broken", "");
            }
            return text.isEmpty() ? List.of() : List.of(Filter.newBuilder().addBinaryRegex(text).build());
        }

        @Override
        public List<FieldFilter> parseFieldFilters(String flag, String text) {
            FieldFilter.Builder filter = FieldFilter.newBuilder();
            filter.getFieldsBuilder().addPaths(text);
            return List.of(filter.build());
        }
    }

    private record MapSettings(Map<String, Object> flags) implements Settings {
        @Override
        public String string(String flag) {
            return (String) value(flag);
        }

        @Override
        public boolean bool(String flag) {
            return (Boolean) value(flag);
        }

        @Override
        public long number(String flag) {
            return (Long) value(flag);
        }

        @Override
        public long size(String flag) {
            return number(flag);
        }

        @Override
        public Duration duration(String flag) {
            return (Duration) value(flag);
        }

        @Override
        public List<String> list(String flag) {
            throw new IllegalArgumentException(flag);
        }

        private Object value(String flag) {
            Object value = flags.get(flag);
            if (value == null) {
                throw new IllegalArgumentException(flag);
            }
            return value;
        }
    }
}
