// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "1::", "fe80::1", "2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1", "1:0:0:2::3",
        "ff02::fb", "1:2:3:4:5:6:7:8", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6::", "::2:3:4:5:6:7",
        "64:ff9b::c0a8:1", "192.168.0.1", "0.0.0.0", "255.255.255.255"})
    void isWrittenInItsShortestForm(String text) throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(text).getAddress();
        assertEquals(text, AddressText.of(bytes.length == 4 ? SocketNames.AF_INET : SocketNames.AF_INET6, bytes, 0));
    }

    @Test
    void anyAddressReadsBackAsItself() throws UnknownHostException {
        Random random = new Random(6);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[16];
            for (int group = 0; group < 16; group += 2) {
                if (random.nextBoolean()) {
                    bytes[group] = (byte) random.nextInt();
                    bytes[group + 1] = (byte) random.nextInt(3);
                }
            }
            String text = AddressText.of(SocketNames.AF_INET6, bytes, 0);
            assertEquals(InetAddress.getByAddress(bytes), InetAddress.getByName(text), text);
        }
    }
}
