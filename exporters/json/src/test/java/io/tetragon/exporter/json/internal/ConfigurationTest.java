// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource({
        "'',    rw-------",
        "600,   rw-------",
        "0600,  rw-------",
        "640,   rw-r-----",
        "644,   rw-r--r--",
        "660,   rw-rw----",
        "666,   rw-rw-r--",
        "777,   rw-rw-r--",
        "1777,  rw-rw-r--",
        "000,   rw-------",
        "111,   rw-------",
        "044,   rw-r--r--",
    })
    void modes_are_masked(String octal, String permissions) throws TetragonException {
        assertEquals(permissions, PosixFilePermissions.toString(FilePermissions.parse(octal)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw", "0o600", "-600", "+600", "680", "6 0", "777777777777"})
    void modes_that_are_not_octal_are_errors(String octal) {
        TetragonException e = assertThrows(TetragonException.class, () -> FilePermissions.parse(octal));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, e.kind());
        assertTrue(e.getMessage().contains(octal), e.getMessage());
    }

    @ParameterizedTest(name = "{0} MiB is {1} bytes")
    @CsvSource({"0, 104857600", "1, 1048576", "10, 10485760", "8796093022207, 9223372036853727232"})
    void sizes_are_mebibytes(long mebibytes, long bytes) throws TetragonException {
        assertEquals(bytes, RotationPolicy.of(mebibytes, Duration.ZERO, 5).maxBytes());
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 5", "9223372036854775807, 0, 5", "1, -1, 5", "1, 0, -1", "1, 0, 4294967296"})
    void rotation_out_of_range_is_an_error(long mebibytes, long seconds, long backups) {
        assertThrows(
                TetragonException.class, () -> RotationPolicy.of(mebibytes, Duration.ofSeconds(seconds), backups));
    }

    @ParameterizedTest(name = "{0} rotates to {1}")
    @CsvSource({
        "tetragon.log,  tetragon-2024-01-02T03-04-05.678.log",
        "tetragon,      tetragon-2024-01-02T03-04-05.678",
        "a.b.log,       a.b-2024-01-02T03-04-05.678.log",
        ".hidden,       -2024-01-02T03-04-05.678.hidden",
        "log.gz,        log-2024-01-02T03-04-05.678.gz",
    })
    void backups_have_the_time_before_the_extension(String file, String backup) {
        BackupName name = new BackupName(Path.of("/var/log", file));
        long millis = 1704164645678L;
        assertEquals(backup, name.at(millis));
        assertEquals(millis, name.timeOf(backup).orElseThrow());
        assertEquals(millis, name.timeOf(backup + ".gz").orElseThrow());
        assertEquals(false, name.isCompressed(backup));
        assertTrue(name.isCompressed(backup + ".gz"));
        assertTrue(name.isUnfinished(backup + ".gz.tmp"));
        assertEquals(false, name.isUnfinished(backup + ".tmp"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tetragon.log",
                "tetragon-.log",
                "tetragon-2024-01-02.log",
                "tetragon-2024-13-02T03-04-05.678.log",
                "tetragon-2024-02-30T03-04-05.678.log",
                "tetragon-2024-01-02T03-04-05.678.txt",
                "tetragon-2024-01-02T03-04-05.678.log.old",
                "tetragon-2024-01-02T03-04-05.678.log.gz.gz",
                "tetragon-2024-01-02T03-04-05.678-copy.log",
                "other-2024-01-02T03-04-05.678.log",
            })
    void what_is_not_named_like_a_backup_is_none(String file) {
        assertTrue(new BackupName(Path.of("/var/log/tetragon.log")).timeOf(file).isEmpty());
    }

    @Test
    void the_name_of_a_file_may_have_line_ends_and_quotes() {
        BackupName name = new BackupName(Path.of("/tmp/a\n\"b.log"));
        String backup = name.at(0);
        assertEquals("a\n\"b-1970-01-01T00-00-00.000.log", backup);
        assertEquals(0, name.timeOf(backup).orElseThrow());
    }
}
