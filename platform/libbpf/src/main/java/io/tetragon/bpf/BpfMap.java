// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

public final class BpfMap {
    private BpfMap() {}
}
