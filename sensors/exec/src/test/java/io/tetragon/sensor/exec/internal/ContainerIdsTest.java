// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Container ids in the names of cgroups. In the tables, ID stands for 64 digits and SHORT for their first 31. */
class ContainerIdsTest {
    private static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final String SHOWN = ID.substring(0, 31);

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "ID, SHORT",
        "docker-ID.scope, SHORT",
        "cri-containerd-ID.scope, SHORT",
        "crio-ID.scope, SHORT",
        "libpod-ID.scope, SHORT",
        "kubepods-besteffort-pod1b2c.slice:cri-containerd:ID, SHORT",
        "cri-containerd:docker-ID, SHORT",
        // services of a container runtime, and cgroups of nobody
        "docker-ID.service, ''",
        "'', ''",
        "/, ''",
        "session-1.scope, ''",
        "init.scope, ''",
        "kubepods-burstable-pod01234567_89ab_cdef_0123_456789abcdef.slice, ''",
        "0123456789abcdef0123456789abcdef, ''",
    })
    void theNameOfACgroupTellsTheContainer(String name, String expected) {
        assertEquals(fill(expected), ofCgroup(new ContainerIds(), fill(name)));
    }

    @ParameterizedTest(name = "hostile name {index}")
    @CsvSource(quoteCharacter = '\'', value = {
        "'ID-'", "'ID:'", "'-ID-:'", "'gID'", "'docker-xID'", "'----------------------------------ID-----------'",
        "'::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::'",
        "'../../../../../../../../../../../../../../../../../../../../../../etc'",
        "'\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661"
                + "\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661"
                + "\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661"
                + "\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661'",
    })
    void onlyHexadecimalDigitsAreAnId(String name) {
        assertEquals("", ofCgroup(new ContainerIds(), fill(name)));
        assertEquals("", ContainerIds.ofPath(fill(name)));
    }

    @Test
    void bytesThatAreNoTextGiveNoId() {
        byte[] name = new byte[255];
        Arrays.fill(name, (byte) 0xFF);
        assertEquals("", new ContainerIds().ofCgroup(name, 0, name.length, 1));
    }

    @Test
    void theLastNameIsRememberedAndNotMixedUp() {
        ContainerIds ids = new ContainerIds();
        for (int round = 0; round < 2; round++) {
            assertEquals(SHOWN, ofCgroup(ids, ID));
            assertEquals(SHOWN, ofCgroup(ids, ID));
            assertEquals("", ofCgroup(ids, "user.slice"));
            assertEquals("", ofCgroup(ids, ""));
        }
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "/docker/ID, SHORT",
        "/system.slice/docker-ID.scope, SHORT",
        "/kubepods/besteffort/pod1/ID, SHORT",
        "/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope, SHORT",
        "/machine.slice/libpod-ID.scope/container, SHORT",
        "/default/SHORT, SHORT",
        "/kubepods/burstable/pod1/crio-ID/syscont-cgroup-root/init.scope, SHORT",
        "/docker/ID/syscont-cgroup-root/system.slice/cron.service, SHORT",
        "/syscont-cgroup-root/init.scope, ''",
        "/container, ''",
        "/, ''",
        "'', ''",
        "////, ''",
        "/user.slice/user-0.slice/session-1.scope, ''",
        "/default/web, ''",
        "/default/0123456789, ''",
    })
    void thePathOfACgroupTellsTheContainer(String path, String expected) {
        assertEquals(fill(expected), ContainerIds.ofPath(fill(path)));
    }

    @Test
    void theFirstLineWithAnIdCounts(@TempDir Path process) throws IOException {
        Path file = process.resolve("cgroup");
        assertEquals("", ContainerIds.ofProcess(process), "no file");
        Files.writeString(file, "");
        assertEquals("", ContainerIds.ofProcess(process), "empty file");
        Files.writeString(file, "12:pids:/user.slice\n1:name=systemd:/docker/" + ID + "\n0::/\n");
        assertEquals(SHOWN, ContainerIds.ofProcess(process));
        Files.writeString(file, "no colon at all\n:\n::\n:::\n0::/docker/" + ID);
        assertEquals(SHOWN, ContainerIds.ofProcess(process), "broken lines");
        Files.write(file, new byte[] {(byte) 0xFF, ':', (byte) 0xC3, ':', '/', (byte) 0x80});
        assertEquals("", ContainerIds.ofProcess(process), "no text");
    }

    private static String ofCgroup(ContainerIds ids, String name) {
        byte[] bytes = ("<" + name + "\0>").getBytes(StandardCharsets.UTF_8);
        return ids.ofCgroup(bytes, 1, bytes.length - 2, 1);
    }

    private static String fill(String text) {
        return text.replace("ID", ID).replace("SHORT", SHOWN);
    }
}
