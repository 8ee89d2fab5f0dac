// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.bpf.TraceFs;
import io.tetragon.core.Core;
import io.tetragon.core.filter.JsonFilterParser;
import io.tetragon.grpc.AgentInfo;
import io.tetragon.grpc.GrpcConfig;
import io.tetragon.grpc.GrpcServer;
import io.tetragon.grpc.LogControl;
import io.tetragon.launcher.config.FlagSettings;
import io.tetragon.launcher.host.ArchiveThread;
import io.tetragon.launcher.host.Information;
import io.tetragon.launcher.host.KernelNames;
import io.tetragon.launcher.host.Machine;
import io.tetragon.launcher.host.PolicyFiles;
import io.tetragon.launcher.host.Preflight;
import io.tetragon.launcher.host.RunDirectory;
import io.tetragon.launcher.provisioning.BundleFramework;
import io.tetragon.policy.PolicyContext;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the agent, in the order in which they start:
 *
 * <pre>
 *   checks, run directory
 *     ├── core: maps, ring reader, event bus      ┐ in parallel
 *     └── framework, declarative services         ┘
 *           ├── gRPC server                       ┐ in parallel
 *           └── bundles: sensors attach here      ┘
 *   (policies of clients, where they are kept: before the gRPC server)
 *   tetragon-info.json, policies of files, Ready
 * </pre>
 *
 * They close in reverse. When closing overtakes starting, what starts later is closed at once.
 */
final class Agent implements AutoCloseable {
    private static final Log LOG = Log.of(Agent.class);
    private static final long CLIENT_RECEIVE_BYTES = 10L << 20;

    private final FlagSettings settings;
    private final LogControl log;
    private final Path tree;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private volatile @Nullable Core started;
    private boolean closed;

    Agent(FlagSettings settings, LogControl log) throws TetragonException {
        this.settings = settings;
        this.log = log;
        this.tree = Machine.tree();
    }

    /** Starts everything; returns when the bundles that are there are settled and events flow. */
    void start() throws TetragonException {
        String btf = Machine.btf(settings.string("btf"));
        Preflight.check(Path.of("/"), btf);
        FilterParser filters = filters();
        PolicyFiles policies =
                PolicyFiles.find(settings.string("tracing-policy-dir"), settings.string("tracing-policy"));
        Path runPath = Path.of(settings.string("run-dir")).toAbsolutePath();
        RunDirectory runDirectory = own(RunDirectory.claim(runPath));
        Node node = new Node(Machine.nodeName(), settings.string("cluster-name"));
        Path sensorFolder = folder("sensors");
        Path exporterFolder = folder("exporters");
        if (!settings.string("libbpf-path").isEmpty()) {
            System.setProperty("io.tetragon.libbpf.path", settings.string("libbpf-path"));
        }

        BundleFramework framework = new BundleFramework(runDirectory.bundleStorage());
        FutureTask<Boolean> frameworkStarted = begin("start-osgi", () -> {
            framework.start(sensorFolder, exporterFolder);
            return true;
        });
        Core core = own(Core.start(settings, node, framework.control(),
                PolicyContext.standalone(KernelNames::syscalls, KernelNames::tracedFunctions)));
        started = core;
        log("core started");
        // A client must not add what is about to be restored.
        boolean restores = Core.restoresPolicies(settings);
        FutureTask<GrpcServer> serverStarted = new FutureTask<>(() -> own(GrpcServer.start(
                GrpcConfig.of(settings, runPath), core.events(), core.sensors(), core.policies(),
                core.policyFilter(), information(core))));
        if (!restores) {
            begin("start-grpc", serverStarted);
        }
        await(frameworkStarted);
        log("framework started");
        own(framework);
        framework.deploy(core.sensors(),
                Map.of(EventBus.class, core.events(), FilterParser.class, filters, Settings.class, settings,
                        Node.class, node),
                exporterFolder);
        log("bundles deployed");
        mountTraceFs();
        if (restores) {
            core.restorePolicies();
            begin("start-grpc", serverStarted);
        }
        GrpcServer server = await(serverStarted);
        runDirectory.writeInformation(new Information(settings.string("export-filename"),
                btf.isEmpty() ? Machine.KERNEL_BTF : btf, server.clientAddress(),
                BpfFs.root().resolve(settings.string("bpf-dir")).toString(), CLIENT_RECEIVE_BYTES).json());
        if (policies.count() > 0) {
            int failed = policies.load(core.policies());
            LOG.info("policies of files loaded", "loaded", policies.count() - failed, "failed", failed);
        }
        // Behind the last policy of the start, wherever it comes from.
        core.startComplete();
        core.kernel().close();
        LOG.info("Ready", "startup_ms", Machine.millisSinceStart(), "server", server.clientAddress(),
                "sensors", core.sensors().list().size());
        own(ArchiveThread.start());
    }

    /** Ends a start that failed: nothing of it stays in force, but what an earlier agent left does. */
    void fail() {
        Core core = started;
        if (core != null) {
            core.startFailed();
        }
        close();
    }

    @Override
    public void close() {
        synchronized (parts) {
            closed = true;
        }
        // Before the first part goes, also when the start is not over: the framework takes the sensors with it, and with them
        // what is to stay in force.
        Core core = started;
        if (core != null) {
            core.quiesce();
        }
        while (true) {
            AutoCloseable part;
            synchronized (parts) {
                part = parts.pollLast();
            }
            if (part == null) {
                return;
            }
            try {
                part.close();
            } catch (Exception e) {
                LOG.defect(e, "part does not end well", "part", part.getClass().getSimpleName());
            }
        }
    }

    /** It stays when the agent ends: by then others may be using it. */
    private static void mountTraceFs() {
        if (TraceFs.isMounted()) {
            return;
        }
        try {
            TraceFs.mount();
            LOG.info("tracefs mounted", "at", TraceFs.ROOT);
        } catch (BpfException e) {
            LOG.warn("policies cannot use tracepoints", "reason", e.getMessage());
        }
    }

    /** Returns the parser, after it has read the flags that hold filters: a wrong one must not wait for its exporter. */
    private FilterParser filters() throws TetragonException {
        FilterParser parser = new JsonFilterParser();
        for (String flag : List.of("export-allowlist", "export-denylist")) {
            if (!settings.string(flag).isBlank()) {
                parser.parse(flag, settings.string(flag));
            }
        }
        if (!settings.string("field-filters").isBlank()) {
            parser.parseFieldFilters("field-filters", settings.string("field-filters"));
        }
        return parser;
    }

    private AgentInfo information(Core core) {
        Package build = Agent.class.getPackage();
        String version = build.getImplementationVersion() == null ? "unknown" : build.getImplementationVersion();
        return new AgentInfo("tetragon", version, AgentInfo.Build.of("", "", ""),
                () -> probes(core.kernel()), settings::values, log);
    }

    private static Map<String, Boolean> probes(KernelFeatures kernel) {
        Map<String, Boolean> probes = new TreeMap<>();
        kernel.all().forEach((name, feature) -> probes.put(name, feature.available()));
        return probes;
    }

    private Path folder(String name) {
        String given = settings.string(name + "-dir");
        return given.isEmpty() ? tree.resolve(name) : Path.of(given).toAbsolutePath();
    }

    private <T extends AutoCloseable> T own(T part) {
        synchronized (parts) {
            parts.addLast(part);
            if (!closed) {
                return part;
            }
        }
        close();
        return part;
    }

    private static <T> FutureTask<T> begin(String name, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        begin(name, task);
        return task;
    }

    private static void begin(String name, FutureTask<?> task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static <T> T await(FutureTask<T> task) throws TetragonException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TetragonException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void log(String phase) {
        if (LOG.isDebug()) {
            LOG.debug(phase, "startup_ms", Machine.millisSinceStart());
        }
    }
}
