// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

public final class KernelFeatures {
    private KernelFeatures() {}

    public static KernelFeatures probe() { return new KernelFeatures(); }

    public boolean has(String f) { return false; }

    public boolean hasRawTracepoint(String name) { return true; }
}
