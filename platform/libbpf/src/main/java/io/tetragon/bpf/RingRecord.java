// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

public final class RingRecord {
    private RingRecord() {}
}
