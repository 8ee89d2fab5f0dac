// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.KernelFeatures;

/** How the kernel tells of mappings, cheapest first. */
enum HookMethod {
    /** Behind the functions by which processes map and protect memory; those who do neither pay nothing. */
    CALLS("") {
        @Override
        boolean available(KernelFeatures kernel) {
            return kernel.has("fentry") && kernel.hasFunction("vm_mmap_pgoff")
                    && kernel.hasFunction("security_file_mprotect");
        }

        @Override
        ObjectPlan.Builder attach(ObjectPlan.Builder plan) {
            return plan.program("loader_mmap").attach(Attachment.ofSection("loader_mmap"))
                    .program("loader_mprotect").attach(Attachment.ofSection("loader_mprotect"));
        }
    },
    /** Where the kernel tells perf. */
    PERF("") {
        @Override
        boolean available(KernelFeatures kernel) {
            return kernel.has("kprobe") && kernel.hasFunction("perf_event_mmap");
        }

        @Override
        ObjectPlan.Builder attach(ObjectPlan.Builder plan) {
            return plan.size(SCRATCH, 1).program("loader_perf").attach(Attachment.ofSection("loader_perf"));
        }
    },
    /** Where a mapping is entered into the tree of the process's memory, since 6.1; it tells of every other change, too. */
    TREE("this kernel has neither trampolines nor kprobes: what a process maps first and makes executable later, by "
            + "mprotect, is not reported") {
        @Override
        boolean available(KernelFeatures kernel) {
            return kernel.has("tp_btf") && kernel.hasRawTracepoint("ma_write");
        }

        @Override
        ObjectPlan.Builder attach(ObjectPlan.Builder plan) {
            return plan.size(SCRATCH, 1).program("loader_tree").attach(Attachment.ofSection("loader_tree"));
        }
    };

    private static final String SCRATCH = "loader_scratch";

    private final String shortcoming;

    HookMethod(String shortcoming) {
        this.shortcoming = shortcoming;
    }

    /** Returns the cheapest that this kernel has. */
    static HookMethod of(KernelFeatures kernel) throws TetragonException {
        for (HookMethod method : values()) {
            if (method.available(kernel)) {
                return method;
            }
        }
        throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "report what processes load",
                "this kernel has neither trampolines (fentry) nor kprobes nor the tracepoint maple_tree:ma_write",
                "use Linux 6.1 or newer with type information (CONFIG_DEBUG_INFO_BTF)");
    }

    /** Whether the kernel has what this takes. */
    abstract boolean available(KernelFeatures kernel);

    /** Adds the programs and where they are attached. */
    abstract ObjectPlan.Builder attach(ObjectPlan.Builder plan);

    /** Returns what users should know, empty if nothing. */
    String shortcoming() {
        return shortcoming;
    }
}
