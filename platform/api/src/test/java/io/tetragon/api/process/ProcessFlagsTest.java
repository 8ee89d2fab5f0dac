// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessFlagsTest {
    @ParameterizedTest
    @CsvSource({
        "0, ''",
        "0x1, execve",
        "0x2, ''",
        "0x4, procFS",
        "0x8, errorEnvs",
        "0x10, truncArgs",
        "0x40, miss",
        "0x80, ''",
        "0x100, errorFilename",
        "0x200, errorArgs",
        "0x400, ''",
        "0x800, nocwd",
        "0x1000, rootcwd",
        "0x2000, errorCWD",
        "0x4000, clone",
        "0x10000, errorCgroupName",
        "0x40000, errorCgroupID",
        "0x80000, errorCgroupSubsysCgrp",
        "0x100000, errorCgroupSubsys",
        "0x200000, errorCgroups",
        "0x400000, errorPathResolutionCwd",
        "0x800000, dataFilename",
        "0x1000000, dataArgs",
        "0x2000000, inInitTree",
        "0x4001, execve clone",
        "0x5001, execve rootcwd clone",
        "0x1004, procFS rootcwd",
        "0x1004001, execve clone dataArgs",
        "0x80000000, ''"
    })
    void eachBitHasItsWord(String bits, String words) {
        assertEquals(words, ProcessFlags.words(Long.decode(bits).intValue()));
    }

    @Test
    void allWordsAppearInTheOrderOfTheInterface() {
        assertEquals("execve procFS errorEnvs truncArgs miss errorFilename errorArgs nocwd rootcwd errorCWD clone"
                + " errorCgroupName errorCgroupID errorCgroupSubsysCgrp errorCgroupSubsys errorCgroups"
                + " errorPathResolutionCwd dataFilename dataArgs inInitTree", ProcessFlags.words(-1));
    }
}
