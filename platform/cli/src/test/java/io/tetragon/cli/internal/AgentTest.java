// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import static io.tetragon.cli.internal.CommandLineRun.tetra;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.StringValue;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tetragon.proto.EnableSensorRequest;
import io.tetragon.proto.EnableSensorResponse;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.FieldFilterAction;
import io.tetragon.proto.Filter;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.GetHealthStatusRequest;
import io.tetragon.proto.GetHealthStatusResponse;
import io.tetragon.proto.GetInfoRequest;
import io.tetragon.proto.GetInfoResponse;
import io.tetragon.proto.GetVersionRequest;
import io.tetragon.proto.GetVersionResponse;
import io.tetragon.proto.HealthStatus;
import io.tetragon.proto.HealthStatusResult;
import io.tetragon.proto.HealthStatusType;
import io.tetragon.proto.ListSensorsRequest;
import io.tetragon.proto.ListSensorsResponse;
import io.tetragon.proto.Process;
import io.tetragon.proto.ProcessExec;
import io.tetragon.proto.SensorStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a gRPC server on the loopback interface, a UNIX socket, and behind TLS. */
class AgentTest {
    private final Agent agent = new Agent();
    private @Nullable Server server;
    private @Nullable EventLoopGroup group;

    /** Answers as an agent does; what it should fail with is set by the test. */
    @SuppressWarnings("deprecation") // the sensor calls
    private static final class Agent extends FineGuidanceSensorsGrpc.FineGuidanceSensorsImplBase {
        final List<GetEventsRequest> requests = new ArrayList<>();
        final List<GetEventsResponse> events = new ArrayList<>();
        final AtomicInteger failures = new AtomicInteger();
        final AtomicInteger calls = new AtomicInteger();
        Status failure = Status.UNAVAILABLE.withDescription("starting");
        Status end = Status.OK;
        boolean silent;

        @Override
        public void getEvents(GetEventsRequest request, StreamObserver<GetEventsResponse> out) {
            requests.add(request);
            events.forEach(out::onNext);
            if (end.isOk()) {
                out.onCompleted();
            } else {
                out.onError(end.asException());
            }
        }

        @Override
        public void getHealth(
                GetHealthStatusRequest request, StreamObserver<GetHealthStatusResponse> out) {
            calls.incrementAndGet();
            if (silent) {
                return;
            }
            if (failures.getAndDecrement() > 0) {
                out.onError(failure.asException());
                return;
            }
            out.onNext(
                    GetHealthStatusResponse.newBuilder()
                            .addHealthStatus(
                                    HealthStatus.newBuilder()
                                            .setEvent(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)
                                            .setStatus(HealthStatusResult.HEALTH_STATUS_RUNNING)
                                            .setDetails("running"))
                            .build());
            out.onCompleted();
        }

        @Override
        public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> out) {
            out.onNext(GetVersionResponse.newBuilder().setVersion("v9").build());
            out.onCompleted();
        }

        @Override
        public void getInfo(GetInfoRequest request, StreamObserver<GetInfoResponse> out) {
            out.onNext(
                    GetInfoResponse.newBuilder()
                            .setName("a")
                            .setVersion("v9")
                            .addProbes(
                                    GetInfoResponse.Probe.newBuilder().setName("lsm").setEnabled(BoolValue.of(true)))
                            .addConf(
                                    GetInfoResponse.ConfVal.newBuilder()
                                            .setKey("log-level")
                                            .setValue(Any.pack(StringValue.of("a \"b\""))))
                            .setBuild(GetInfoResponse.BuildInfo.newBuilder().setCommit("c"))
                            .build());
            out.onCompleted();
        }

        @Override
        public void listSensors(ListSensorsRequest request, StreamObserver<ListSensorsResponse> out) {
            out.onNext(
                    ListSensorsResponse.newBuilder()
                            .addSensors(SensorStatus.newBuilder().setName("exec").setEnabled(true))
                            .addSensors(
                                    SensorStatus.newBuilder().setName("broken").setCollection("error: no BTF\u001b"))
                            .build());
            out.onCompleted();
        }

        @Override
        public void enableSensor(EnableSensorRequest request, StreamObserver<EnableSensorResponse> out) {
            out.onError(
                    Status.NOT_FOUND.withDescription("no sensor " + request.getName()).asException());
        }
    }

    private String start() throws Exception {
        Server started =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .addService(agent)
                        .build()
                        .start();
        server = started;
        return "127.0.0.1:" + started.getPort();
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        }
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
    }

    private static GetEventsResponse exec(String binary) {
        return GetEventsResponse.newBuilder()
                .setNodeName("n")
                .setProcessExec(
                        ProcessExec.newBuilder().setProcess(Process.newBuilder().setBinary(binary)))
                .build();
    }

    @Test
    void printsStatusVersionInfoAndSensors() throws Exception {
        String address = start();
        assertEquals(
                new CommandLineRun(0, "Health Status: running\n", ""),
                tetra("status", "--server-address", address));
        assertTrue(
                tetra("--server-address", address, "version", "-s")
                        .out()
                        .endsWith("\nServer version: v9\n"));
        assertEquals(
                "{\"Name\":\"a\",\"Version\":\"v9\",\"Probes\":{\"lsm\":true},"
                        + "\"Conf\":{\"log-level\":\"a \\\"b\\\"\"},\"Build\":{\"commit\":\"c\"}}\n",
                tetra("info", "--server-address", address).out());
        assertEquals(
                "NAME     ENABLED   COLLECTION\nexec     true\nbroken   false     error: no BTF?\n",
                tetra("sensors", "list", "--server-address", address).out());
        assertEquals(
                new CommandLineRun(
                        1, "", "Error: the agent at " + address + " refused with NOT_FOUND: no sensor x\n"),
                tetra("sensors", "enable", "x", "--server-address", address));
        assertEquals(
                new CommandLineRun(
                        1,
                        "",
                        "Error: the agent at " + address
                                + " does not have this call (Method tetragon.FineGuidanceSensors/RemoveSensor is"
                                + " unimplemented): its version is another\n"),
                tetra("sensors", "rm", "x", "--server-address", address));
    }

    @Test
    void printsTheStreamOfEvents() throws Exception {
        for (int i = 0; i < 500; i++) {
            agent.events.add(exec("/bin/" + i));
        }
        CommandLineRun run = tetra("getevents", "-o", "compact", "--server-address", start());
        assertEquals("", run.err());
        assertEquals(500, run.out().lines().count());
        assertTrue(run.out().endsWith("🚀 process n /bin/499 \n"), run.out());
        assertEquals(0, run.code());
    }

    @Test
    void sendsAllFiltersInOneEntry() throws Exception {
        String address = start();
        tetra(
                ("getevents -n a --host --process x,y --pod p --containers c -e PROCESS_EXEC"
                                + " --policy-names q --namespace-regex r -f process.pid -F process.cap"
                                + " --server-address " + address)
                        .split(" "));
        tetra("getevents", "--cel-expression", "a in [1, 2]", "--server-address", address);
        tetra("getevents", "--server-address", address);
        assertEquals(
                List.of(
                        GetEventsRequest.newBuilder()
                                .addAllowList(
                                        Filter.newBuilder()
                                                .addNamespace("a")
                                                .addNamespace("")
                                                .addBinaryRegex("x")
                                                .addBinaryRegex("y")
                                                .addPodRegex("p")
                                                .addContainerNameRegex("c")
                                                .addEventSet(EventType.PROCESS_EXEC)
                                                .addPolicyNames("q")
                                                .addNamespaceRegex("r"))
                                .addFieldFilters(fields("process.pid", FieldFilterAction.INCLUDE))
                                .addFieldFilters(fields("process.cap", FieldFilterAction.EXCLUDE))
                                .build(),
                        GetEventsRequest.newBuilder()
                                .addAllowList(Filter.newBuilder().addCelExpression("a in [1, 2]"))
                                .build(),
                        GetEventsRequest.getDefaultInstance()),
                agent.requests);
    }

    private static FieldFilter.Builder fields(String path, FieldFilterAction action) {
        FieldFilter.Builder filter = FieldFilter.newBuilder().setAction(action);
        filter.getFieldsBuilder().addPaths(path);
        return filter;
    }

    @Test
    void endsTheStreamWithTheReasonOfTheAgent() throws Exception {
        agent.events.add(exec("/b"));
        agent.end = Status.INVALID_ARGUMENT.withDescription("bad filter\nsecond line");
        String address = start();
        CommandLineRun run = tetra("getevents", "-o", "compact", "--server-address", address);
        assertEquals("🚀 process n /b \n", run.out());
        assertEquals(
                "Error: the agent at " + address
                        + " refused with INVALID_ARGUMENT: bad filter second line\n",
                run.err());
        assertEquals(1, run.code());
    }

    @Test
    void doesNotConnectAgainToBeRefusedAgain() throws Exception {
        agent.end = Status.INVALID_ARGUMENT.withDescription("bad filter");
        assertEquals(1, tetra("getevents", "--reconnect", "--server-address", start()).code());
        assertEquals(1, agent.requests.size());
    }

    @Test
    void endsTheStreamAtAnEventThatCannotBePrinted() throws Exception {
        agent.events.add(exec("/b"));
        agent.events.add(GetEventsResponse.getDefaultInstance());
        CommandLineRun run = tetra("getevents", "-o", "compact", "--server-address", start());
        assertEquals("🚀 process n /b \n", run.out());
        assertTrue(run.err().startsWith("Error: an event of type event_not_set"), run.err());
        assertEquals(1, run.code());
    }

    @Test
    void speaksOverAUnixSocket(@TempDir Path folder) throws Exception {
        Path socket = folder.resolve("t.sock");
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        group = loop;
        server =
                NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                        .channelType(NioServerDomainSocketChannel.class)
                        .bossEventLoopGroup(loop)
                        .workerEventLoopGroup(loop)
                        .addService(agent)
                        .build()
                        .start();
        assertEquals(
                new CommandLineRun(0, "Health Status: running\n", ""),
                tetra("status", "--server-address", "unix://" + socket));
    }

    @Test
    void speaksTlsAndChecksTheServer(@TempDir Path folder) throws Exception {
        X509Bundle authority =
                new CertificateBuilder()
                        .ecp256()
                        .subject("CN=test authority")
                        .setIsCertificateAuthority(true)
                        .buildSelfSigned();
        X509Bundle identity =
                new CertificateBuilder()
                        .ecp256()
                        .subject("CN=agent")
                        .addSanDnsName("agent.test")
                        .buildIssuedBy(authority);
        X509Bundle client =
                new CertificateBuilder().ecp256().subject("CN=client").buildIssuedBy(authority);
        Path ca = pem(folder.resolve("ca.pem"), authority.getCertificatePEM());
        Path cert = pem(folder.resolve("cert.pem"), client.getCertificatePathPEM());
        Path key = pem(folder.resolve("key.pem"), key(client));
        Server started =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .sslContext(
                                GrpcSslContexts.configure(
                                                SslContextBuilder.forServer(
                                                        identity.getKeyPair().getPrivate(), identity.getCertificatePath()))
                                        .trustManager(authority.getCertificate())
                                        .clientAuth(ClientAuth.OPTIONAL)
                                        .build())
                        .addService(agent)
                        .build()
                        .start();
        server = started;
        String to = "status --retries 0 --server-address 127.0.0.1:" + started.getPort();
        String trust = " --tls-ca-cert-files " + ca;

        CommandLineRun running = new CommandLineRun(0, "Health Status: running\n", "");
        assertEquals(running, tetra((to + trust + " --tls-server-name agent.test").split(" ")));
        assertEquals(running, tetra((to + " --tls-skip-verify").split(" ")));
        assertEquals(
                running,
                tetra(
                        (to + trust + " --tls-server-name agent.test --tls-cert-file " + cert
                                        + " --tls-key-file " + key)
                                .split(" ")));
        for (String doubtful :
                List.of(to + trust + " --tls-server-name other.test", to + " --tls-server-name agent.test")) {
            CommandLineRun run = tetra(doubtful.split(" "));
            assertTrue(run.err().startsWith("Error: no TLS connection to the agent at "), run.err());
            assertTrue(run.err().endsWith("): check the --tls flags\n"), run.err());
            assertEquals(1, run.code());
        }
        assertEquals(1, tetra(to.split(" ")).code());
    }

    private static String key(X509Bundle bundle) {
        byte[] encoded = bundle.getKeyPair().getPrivate().getEncoded();
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(encoded)
                + "\n-----END PRIVATE KEY-----\n";
    }

    private static Path pem(Path file, String text) throws Exception {
        return Files.writeString(file, text);
    }

    @Test
    void triesAgainWhileTheAgentIsUnavailable() throws Exception {
        agent.failures.set(1);
        CommandLineRun run = tetra("status", "--server-address", start());
        assertEquals(new CommandLineRun(0, "Health Status: running\n", ""), run);
        assertEquals(2, agent.calls.get());
    }

    @Test
    void givesUpAtOnceWithoutRetries() throws Exception {
        agent.failures.set(1);
        String address = start();
        assertEquals(
                new CommandLineRun(
                        1,
                        "",
                        "Error: no agent answers at " + address
                                + " (starting): start it, or give its address with --server-address\n"),
                tetra("status", "--retries", "0", "--server-address", address));
    }

    @Test
    void doesNotTryAgainWhatTheAgentRefused() throws Exception {
        agent.failures.set(1);
        agent.failure = Status.PERMISSION_DENIED.withDescription("no");
        assertEquals(1, tetra("status", "--retries", "5", "--server-address", start()).code());
        assertEquals(1, agent.calls.get());
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        String address = start();
        stop();
        assertEquals(
                "Error: no agent answers at " + address
                        + " (Connection refused): start it, or give its address with --server-address\n",
                tetra("getevents", "--retries", "0", "--server-address", address).err());
    }

    @Test
    void doesNotWaitForASilentAgentForever() throws Exception {
        agent.silent = true;
        String address = start();
        assertEquals(
                "Error: the agent at " + address
                        + " did not answer within 300 ms: try again with a longer --timeout\n",
                tetra("status", "--timeout", "300ms", "--server-address", address).err());
    }

    @Test
    void doesNotAcceptMoreThanItWasToldTo() throws Exception {
        agent.events.add(exec("x".repeat(5000)));
        CommandLineRun run =
                tetra("getevents", "--max-recv-size", "1000", "--server-address", start());
        assertTrue(run.err().endsWith("): raise --max-recv-size\n"), run.err());
        assertEquals(1, run.code());
    }

    @Test
    void connectsAgainAfterTheStreamWasLost() throws Exception {
        agent.events.add(exec("/b"));
        agent.end = Status.UNAVAILABLE.withDescription("going away");
        String address = start();
        // Ends when the output does, which is after the third event.
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        LimitedOutput out = new LimitedOutput(3);
        Terminal terminal =
                new Terminal(
                        InputStream.nullInputStream(),
                        false,
                        out,
                        false,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of());
        int code =
                new Tetra(terminal)
                        .run(
                                "getevents", "--reconnect", "--reconnect-wait", "1ms", "--retries", "0",
                                "--server-address", address);
        assertEquals(0, code);
        assertEquals(3, out.writes);
        assertEquals(4, agent.requests.size());
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("Warning: "));
    }

    /** Fails like a pipe without reader after a number of writes. */
    private static final class LimitedOutput extends OutputStream {
        private final int limit;
        int writes;

        LimitedOutput(int limit) {
            this.limit = limit;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (writes == limit) {
                throw new IOException("Broken pipe");
            }
            writes++;
        }
    }
}
