// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import static io.tetragon.launcher.config.Flag.Effect.FULL;
import static io.tetragon.launcher.config.Flag.Effect.HIDDEN;
import static io.tetragon.launcher.config.Flag.Effect.NONE;
import static io.tetragon.launcher.config.Flag.Effect.NOT_YET;
import static io.tetragon.launcher.config.FlagType.BOOL;
import static io.tetragon.launcher.config.FlagType.DURATION;
import static io.tetragon.launcher.config.FlagType.INT;
import static io.tetragon.launcher.config.FlagType.LIST;
import static io.tetragon.launcher.config.FlagType.RATE;
import static io.tetragon.launcher.config.FlagType.SIZE;
import static io.tetragon.launcher.config.FlagType.STRING;
import static io.tetragon.launcher.config.FlagType.UINT;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one table of the agent's flags: Tetragon's, and those that only this agent has. */
final class Flags {
    private static final Map<String, Flag> TABLE = table(
            flag("bpf-dir", STRING, "tetragon", FULL,
                    "directory below the BPF file system for what is kept when the agent ends"),
            flag("bpf-lib", STRING, "/var/lib/tetragon/", NONE,
                    "directory of BPF objects; bundles carry theirs, so it is not read"),
            flag("btf", STRING, "", NOT_YET,
                    "file with the kernel's type information; empty: $TETRAGON_BTF or /sys/kernel/btf/vmlinux"),
            flag("cgroup-rate", RATE, "", FULL,
                    "limit of process events per cgroup and processor as \"events,interval\" such as 1000,1s; empty: none"),
            flag("cluster-name", STRING, "", FULL, "cluster name in every event"),
            flag("config-dir", STRING, "", FULL, "directory with one file per flag"),
            flag("cpuprofile", STRING, "", HIDDEN, "write a CPU profile to this file"),
            flag("cri-endpoint", STRING, "", NOT_YET,
                    "socket of the container runtime; empty: the usual ones are tried"),
            flag("data-cache-size", INT, "1024", NOT_YET, "entries of the cache that puts data records together"),
            flag("debug", BOOL, "false", FULL, "same as --log-level=debug"),
            flag("deleted-pod-cache-size", INT, "1024", NOT_YET, "removed pods remembered for late events"),
            flag("disable-kprobe-multi", BOOL, "false", FULL, "attach kprobes one by one"),
            flag("disable-process-cache", BOOL, "false", NOT_YET, "send events without process and parent details"),
            flag("enable-ancestors", LIST, "", FULL,
                    "event classes with the list of ancestors: base, kprobe, tracepoint, uprobe, lsm, usdt"),
            flag("enable-cgidmap", BOOL, "false", NOT_YET, "find pods by cgroup id"),
            flag("enable-cgidmap-debug", BOOL, "false", NOT_YET, "log more about finding pods by cgroup id"),
            flag("enable-cgtrackerid", BOOL, "true", NONE,
                    "Tetragon's map of nested cgroups; they are found by their ancestors here"),
            flag("enable-cri", BOOL, "false", NOT_YET, "ask the container runtime for cgroup paths"),
            flag("enable-deprecated-tracingpolicy-grpc", BOOL, "false", NONE, "the deprecated calls are always there"),
            flag("enable-event-metrics", BOOL, "true", NOT_YET, "count events in metrics"),
            flag("enable-export-aggregation", BOOL, "false", NOT_YET, "aggregate exported events"),
            flag("enable-k8s-api", BOOL, "false", NOT_YET, "use the Kubernetes API for pods and policies"),
            flag("enable-msg-handling-latency", BOOL, "false", NOT_YET, "measure how long each kind of record takes"),
            flag("enable-pid-set-filter", BOOL, "false", NOT_YET, "allow pid_set in export filters"),
            flag("enable-pod-annotations", BOOL, "false", NOT_YET, "add the annotations of pods to events"),
            flag("enable-pod-info", BOOL, "false", NOT_YET, "use PodInfo resources instead of pods"),
            flag("enable-policy-filter", BOOL, "false", FULL, "policies for namespaces, pods and containers"),
            flag("enable-policy-filter-cgroup-map", BOOL, "false", FULL, "keep the map from cgroup to policies"),
            flag("enable-policy-filter-debug", BOOL, "false", FULL, "log more about the policy filter"),
            flag("enable-process-cred", BOOL, "false", FULL, "add credentials and capabilities to events"),
            flag("enable-process-environment-variables", BOOL, "false", FULL,
                    "add environment variables to process_exec"),
            flag("enable-process-ns", BOOL, "false", FULL, "add namespaces to events"),
            flag("enable-tracing-policy-crd", BOOL, "true", NOT_YET, "watch TracingPolicy resources"),
            flag("event-cache-retries", INT, "15", FULL, "times an event waits for its process or pod"),
            flag("event-cache-retry-delay", INT, "2", FULL, "seconds between two of these times"),
            flag("event-queue-size", UINT, "10000", FULL, "events that each listener's queue holds"),
            flag("execve-map-entries", INT, "0", FULL, "entries of the process map in the kernel; 0: automatic"),
            flag("execve-map-size", SIZE, "", FULL, "bytes of the process map in the kernel (K, M, G)"),
            flag("export-aggregation-buffer-size", UINT, "10000", NOT_YET, "queue of the aggregation"),
            flag("export-aggregation-window-size", DURATION, "15s", NOT_YET, "time that one aggregation covers"),
            flag("export-allowlist", STRING, "", FULL, "export only what matches these JSON filters"),
            flag("export-denylist", STRING, "", FULL, "do not export what matches these JSON filters"),
            flag("export-file-compress", BOOL, "false", FULL, "compress rotated export files"),
            flag("export-file-max-backups", INT, "5", FULL, "rotated export files to keep"),
            flag("export-file-max-size-mb", INT, "10", FULL, "size in MB at which the export file is rotated"),
            flag("export-file-perm", STRING, "600", FULL, "permissions of the export file, octal"),
            flag("export-file-rotation-interval", DURATION, "0s", FULL,
                    "time after which the export file is rotated; 0: never"),
            flag("export-filename", STRING, "", FULL, "file for JSON events; empty: none"),
            flag("export-rate-limit", INT, "-1", FULL, "exported events per minute; -1: no limit, 0: export nothing"),
            flag("exporters-dir", STRING, "", FULL, "directory of exporter bundles; empty: exporters beside bin"),
            flag("expose-stack-addresses", BOOL, "false", FULL, "keep addresses in stack traces"),
            flag("field-filters", STRING, "", FULL, "JSON list of fields to keep or leave out in the export"),
            flag("filter-environment-variables", LIST, "", FULL, "environment variables to keep"),
            flag("force-large-progs", BOOL, "false", NONE,
                    "Tetragon's choice of program size; features are probed here"),
            flag("force-small-progs", BOOL, "false", NONE,
                    "Tetragon's choice of program size; features are probed here"),
            flag("generate-docs", BOOL, "false", FULL, "print the flags as YAML and exit"),
            flag("gops-address", STRING, "", NONE, "address of the Go diagnostics agent; there is none here"),
            flag("health-server-address", STRING, ":6789", FULL, "address of the health server; empty: none"),
            flag("health-server-interval", INT, "10", NOT_YET, "seconds between two health checks"),
            flag("help", BOOL, "false", FULL, "print this text and exit"),
            flag("k8s-controlplane-retry", INT, "1", NOT_YET,
                    "attempts to reach the Kubernetes API; negative: no limit"),
            flag("k8s-kubeconfig-path", STRING, "", NOT_YET, "kubeconfig for use outside a cluster"),
            flag("keep-sensors-on-exit", BOOL, "false", FULL,
                    "leave policies in force when the agent ends, until the next one has taken over"),
            flag("kernel", STRING, "", NONE, "kernel version to assume; features are probed here"),
            flag("libbpf-path", STRING, "", FULL, "the libbpf library to use; empty: the system's"),
            flag("log-file", STRING, "", FULL, "write the log to this file as well"),
            flag("log-format", STRING, "text", FULL, "text or json"),
            flag("log-level", STRING, "info", FULL, "trace, debug, info, warn, error, fatal or panic"),
            flag("memprofile", STRING, "", HIDDEN, "write a heap profile to this file"),
            flag("metrics-label-filter", STRING, "namespace,workload,pod,binary", NOT_YET,
                    "process labels of metrics"),
            flag("metrics-server", STRING, "", NOT_YET, "address for Prometheus; empty: none"),
            flag("netns-dir", STRING, "/var/run/docker/netns/", NOT_YET, "directory of network namespaces"),
            flag("parents-map-enabled", BOOL, "false", NOT_YET,
                    "keep the map of parents that matchParentBinaries needs"),
            flag("parents-map-entries", INT, "0", NOT_YET, "entries of the map of parents; 0: automatic"),
            flag("parents-map-size", SIZE, "", NOT_YET, "bytes of the map of parents (K, M, G)"),
            flag("persist-grpc-policies", BOOL, "false", FULL, "keep policies added over gRPC across restarts"),
            flag("persist-grpc-policies-dir", STRING, "/var/run/tetragon/grpc-policies", FULL,
                    "directory for these policies"),
            flag("pprof-address", STRING, "", NOT_YET, "address of the profile server"),
            flag("process-cache-gc-interval", DURATION, "30s", FULL,
                    "time between two clean-ups of the process cache"),
            flag("process-cache-size", INT, "65536", FULL, "processes that the cache holds"),
            flag("procfs", STRING, "/proc/", FULL, "the proc file system to scan for running processes"),
            flag("rb-queue-size", STRING, "65535", NONE,
                    "queue behind the ring buffer; records are decoded in place here"),
            flag("rb-size", SIZE, "0", FULL, "bytes of the ring buffer for each CPU (K, M, G); 0: automatic"),
            flag("rb-size-total", SIZE, "0", FULL, "bytes of the ring buffer in total (K, M, G); 0: automatic"),
            flag("redaction-filters", STRING, "", NOT_YET, "JSON filters of what to redact in arguments"),
            flag("release-pinned-bpf", BOOL, "true", FULL,
                    "lift what an earlier agent kept at once, not when the start is complete"),
            flag("retprobes-cache-size", INT, "4096", NONE,
                    "entries of a map of calls in progress; they are kept with their tasks here, without a limit"),
            flag("run-dir", STRING, "/var/run/tetragon", FULL,
                    "directory of the pid file, the socket and tetragon-info.json"),
            flag("sensors-dir", STRING, "", FULL, "directory of sensor bundles; empty: sensors beside bin"),
            flag("server-address", STRING, "localhost:54321", FULL,
                    "gRPC address, host:port or unix://PATH; empty: none"),
            flag("server-tls-cert-file", STRING, "", FULL, "certificate of the gRPC server"),
            flag("server-tls-client-ca-files", LIST, "", FULL, "authorities of client certificates"),
            flag("server-tls-key-file", STRING, "", FULL, "private key of the gRPC server"),
            flag("server-tls-require-client-cert", BOOL, "false", FULL, "accept only clients with a certificate"),
            flag("sleepable-preload-size", INT, "32768", NOT_YET, "entries of the map for sleepable preloading"),
            flag("state-dir", STRING, "/var/lib/tetragon/state", FULL,
                    "directory of the class-data archive; from the command line or environment only"),
            flag("tracing-policy", STRING, "", FULL, "policy file to load at start"),
            flag("tracing-policy-dir", STRING, "/etc/tetragon/tetragon.tp.d", FULL,
                    "directory of policies to load at start; its sub-directories, too"),
            flag("use-perf-ring-buffer", BOOL, "false", NOT_YET, "use perf buffers instead of the BPF ring buffer"),
            flag("username-metadata", STRING, "disabled", FULL,
                    "disabled, or unix to add user names from /etc/passwd"),
            flag("verbose", INT, "0", NOT_YET, "verbosity of the verifier log, 0 to 2"));

    private Flags() {}

    /** Returns every flag, by name. */
    static Collection<Flag> all() {
        return TABLE.values();
    }

    /** Returns the flag of this name, or null. */
    static @Nullable Flag find(String name) {
        return TABLE.get(name);
    }

    /** Returns the flag of a one-letter form, or null. */
    static @Nullable Flag findShort(char letter) {
        return switch (letter) {
            case 'd' -> find("debug");
            case 'h' -> find("help");
            default -> null;
        };
    }

    private static Flag flag(String name, FlagType type, String defaultText, Flag.Effect effect, String help) {
        return new Flag(name, type, defaultText, effect, help);
    }

    private static Map<String, Flag> table(Flag... flags) {
        Map<String, Flag> table = new LinkedHashMap<>();
        for (Flag flag : flags) {
            table.put(flag.name(), flag);
        }
        return Collections.unmodifiableMap(table);
    }
}
