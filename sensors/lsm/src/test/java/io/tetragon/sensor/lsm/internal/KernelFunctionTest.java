// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

class KernelFunctionTest {
    private static final String TABLE = """
            0000000000000000 A fixed_percpu_data
            ffffffff81000000 T _text
            ffffffff815a0010 T wanted
            ffffffff815a0010 T its_alias
            ffffffff815a0400 t behind
            damaged
            ffffffffc0000000 t in_module\t[module]
            """;

    private static String find(String name, String table) throws IOException {
        KernelFunction found = KernelFunction.find(name, new StringReader(table));
        return found == null ? "" : Long.toHexString(found.from()) + "-" + Long.toHexString(found.to());
    }

    @Test
    void aFunctionReachesToTheNextAddress() throws IOException {
        assertEquals("ffffffff815a0010-ffffffff815a0400", find("wanted", TABLE));
        assertEquals("ffffffff81000000-ffffffff815a0010", find("_text", TABLE));
    }

    @Test
    void whatIsNotThereOrHasNoEndIsNotFound() throws IOException {
        assertEquals("", find("missing", TABLE));
        assertEquals("", find("in_module", TABLE));
        assertEquals("", find("last", "ffffffff81000000 T last\n"));
    }

    @Test
    void hiddenAddressesAreNotKnown() throws IOException {
        assertNull(KernelFunction.find("wanted", new StringReader(TABLE.replaceAll("(?m)^[0-9a-f]{16}", "0000000000000000"))));
    }
}
