// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import static io.tetragon.cli.internal.CommandLineRun.tetra;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tetragon.proto.AddTracingPolicyRequest;
import io.tetragon.proto.AddTracingPolicyResponse;
import io.tetragon.proto.ConfigureTracingPolicyRequest;
import io.tetragon.proto.ConfigureTracingPolicyResponse;
import io.tetragon.proto.DeleteTracingPolicyRequest;
import io.tetragon.proto.DeleteTracingPolicyResponse;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.HookState;
import io.tetragon.proto.HookStatus;
import io.tetragon.proto.ListDomainsRequest;
import io.tetragon.proto.ListDomainsResponse;
import io.tetragon.proto.ListTracingPoliciesRequest;
import io.tetragon.proto.ListTracingPoliciesResponse;
import io.tetragon.proto.TracingPolicyMode;
import io.tetragon.proto.TracingPolicyState;
import io.tetragon.proto.TracingPolicyStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tetra tracingpolicy} against a gRPC server that keeps what it was asked. */
class TracingPolicyTest {
    private static final String POLICY =
            "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: p}\nspec: {} # ünïcode\n";

    private final Agent agent = new Agent();
    private Server server;
    private String address;

    private static final class Agent extends FineGuidanceSensorsGrpc.FineGuidanceSensorsImplBase {
        final List<Message> requests = Collections.synchronizedList(new ArrayList<>());
        volatile Status failure = Status.OK;
        volatile ListTracingPoliciesResponse policies = ListTracingPoliciesResponse.getDefaultInstance();

        private <A> void answer(Message request, A answer, StreamObserver<A> out) {
            requests.add(request);
            if (!failure.isOk()) {
                out.onError(failure.asException());
                return;
            }
            out.onNext(answer);
            out.onCompleted();
        }

        @Override
        public void addTracingPolicy(
                AddTracingPolicyRequest request, StreamObserver<AddTracingPolicyResponse> out) {
            answer(request, AddTracingPolicyResponse.getDefaultInstance(), out);
        }

        @Override
        public void deleteTracingPolicy(
                DeleteTracingPolicyRequest request, StreamObserver<DeleteTracingPolicyResponse> out) {
            answer(request, DeleteTracingPolicyResponse.getDefaultInstance(), out);
        }

        @Override
        public void configureTracingPolicy(
                ConfigureTracingPolicyRequest request, StreamObserver<ConfigureTracingPolicyResponse> out) {
            answer(request, ConfigureTracingPolicyResponse.getDefaultInstance(), out);
        }

        @Override
        public void listTracingPolicies(
                ListTracingPoliciesRequest request, StreamObserver<ListTracingPoliciesResponse> out) {
            answer(request, policies, out);
        }

        @Override
        public void listDomains(ListDomainsRequest request, StreamObserver<ListDomainsResponse> out) {
            answer(request, ListDomainsResponse.newBuilder().addDomains("grpc").addDomains("a b").build(), out);
        }
    }

    @BeforeEach
    void start() throws IOException {
        server =
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .addService(agent)
                        .build()
                        .start();
        address = "127.0.0.1:" + server.getPort();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }

    private CommandLineRun run(String... words) {
        List<String> args = new ArrayList<>(List.of("tracingpolicy"));
        args.addAll(Arrays.asList(words));
        args.addAll(List.of("--server-address", address));
        return tetra(args.toArray(new String[0]));
    }

    private static CommandLineRun printed(String out) {
        return new CommandLineRun(0, out, "");
    }

    private static CommandLineRun refused(String message) {
        return new CommandLineRun(1, "", "Error: " + message + "\n");
    }

    @Test
    void sendsAFileAsItIs(@TempDir Path folder) throws IOException {
        String file = Files.writeString(folder.resolve("p.yaml"), POLICY).toString();
        assertEquals(printed("tracing policy \"" + file + "\" added\n"), run("add", file));
        assertEquals(
                printed("tracing policy \"" + file + "\" added\n"),
                run("add", "--domain", "d", "-m", "monitor", file));
        String monitored =
                POLICY.replace("{}", "{\"options\": [{\"name\": \"policy-mode\", \"value\": \"monitor\"}]}");
        assertEquals(
                List.of(
                        AddTracingPolicyRequest.newBuilder().setYaml(POLICY).build(),
                        AddTracingPolicyRequest.newBuilder().setYaml(monitored).setDomain("d").build()),
                agent.requests);
    }

    @Test
    void refersToAPolicyByNameNamespaceAndDomain() {
        assertEquals(printed("tracing policy \"p\" deleted\n"), run("delete", "p"));
        assertEquals(
                printed("tracing policy \"p q\" deleted\n"), run("delete", "p q", "-n", "s", "--domain", "d"));
        assertEquals(printed("tracing policy \"p\" enabled\n"), run("enable", "p", "--namespace", "s"));
        assertEquals(printed("tracing policy \"p\" disabled\n"), run("disable", "p", "--domain", "d"));
        assertEquals(printed("tracing policy \"p\" set to enforce mode\n"), run("set-mode", "p", "enforce"));
        assertEquals(
                printed("tracing policy \"p\" set to monitor mode\n"),
                run("set-mode", "-n", "s", "p", "monitor", "--domain", "d"));
        assertEquals(
                List.of(
                        DeleteTracingPolicyRequest.newBuilder().setName("p").build(),
                        DeleteTracingPolicyRequest.newBuilder()
                                .setName("p q")
                                .setNamespace("s")
                                .setDomain("d")
                                .build(),
                        configuration().setNamespace("s").setEnable(true).build(),
                        configuration().setDomain("d").setEnable(false).build(),
                        configuration().setMode(TracingPolicyMode.TP_MODE_ENFORCE).build(),
                        configuration()
                                .setNamespace("s")
                                .setDomain("d")
                                .setMode(TracingPolicyMode.TP_MODE_MONITOR)
                                .build()),
                agent.requests);
    }

    private static ConfigureTracingPolicyRequest.Builder configuration() {
        return ConfigureTracingPolicyRequest.newBuilder().setName("p");
    }

    @Test
    void listsDomains() {
        assertEquals(printed("grpc\n\"a b\"\n"), run("domains"));
        assertEquals(printed("{\"domains\":[\"grpc\",\"a b\"]}\n"), run("domains", "-o", "json"));
    }

    @TestFactory
    Stream<DynamicTest> listsPoliciesAsRecorded() throws IOException {
        Path golden = Path.of(System.getProperty("tetragon.root", "../.."), "../shared/golden");
        assumeTrue(Files.isDirectory(golden), "the recorded cases are not beside the repository");
        try (Stream<Path> folders = Files.list(golden)) {
            return folders.filter(f -> Files.exists(f.resolve("tp-list.json"))).sorted().toList().stream()
                    .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> listsAsRecorded(f)));
        }
    }

    private void listsAsRecorded(Path folder) throws IOException {
        String json = Files.readString(folder.resolve("tp-list.json"));
        ListTracingPoliciesResponse.Builder recorded = ListTracingPoliciesResponse.newBuilder();
        JsonFormat.parser().merge(json, recorded);
        agent.policies = recorded.build();
        // Dynamic tests of one factory share the server, which the factory's end would stop.
        if (server.isShutdown()) {
            start();
        }
        assertEquals(printed(Files.readString(folder.resolve("tp-list.txt"))), run("list"));
        assertEquals(printed(json), run("list", "-o", "json"));
    }

    @Test
    void showsTheHooksOfAPolicyOfWhichOnlySomeAreThere() {
        agent.policies =
                ListTracingPoliciesResponse.newBuilder()
                        .addPolicies(
                                TracingPolicyStatus.newBuilder()
                                        .setId(2)
                                        .setName("half")
                                        .setNamespace("shop")
                                        .setDomain("k8s")
                                        .setState(TracingPolicyState.TP_STATE_PARTIALLY_ENABLED)
                                        .setMode(TracingPolicyMode.TP_MODE_ENFORCE)
                                        .setKernelMemoryBytes(999)
                                        .addHookStatuses(hook(HookState.STATUS_LOADED, "sys_read", 0))
                                        .addHookStatuses(hook(HookState.STATUS_CALL_NOT_FOUND, "no_such", 1)))
                        .addPolicies(counted())
                        .build();
        assertEquals(
                printed(
                        String.join(
                                "\n",
                                "ID   NAME    DOMAIN   STATE               FILTERID   NAMESPACE   SENSORS   KERNELMEMORY"
                                        + "   MODE      NPOST   NENFORCE   NMONITOR",
                                "2    half    k8s      partially_enabled   0          shop                  999 B       "
                                        + "   enforce   0       0          0",
                                "    SECTION   CFGIDX   DESCRIPTION   STATUS",
                                "    kprobes   0        sys_read      loaded",
                                "    kprobes   1        no_such       call_not_found",
                                "3    whole   grpc     enabled             7          (global)    a,b       1.00 kB     "
                                        + "   monitor   5       10         26",
                                "")),
                run("list"));
    }

    private static HookStatus hook(HookState state, String function, int index) {
        return HookStatus.newBuilder()
                .setSection("kprobes")
                .setState(state)
                .setHookDescription(function)
                .setHookIdx(index)
                .build();
    }

    private static TracingPolicyStatus.Builder counted() {
        TracingPolicyStatus.Builder policy =
                TracingPolicyStatus.newBuilder()
                        .setId(3)
                        .setName("whole")
                        .setDomain("grpc")
                        .setFilterId(7)
                        .addSensors("a")
                        .addSensors("b")
                        .setState(TracingPolicyState.TP_STATE_ENABLED)
                        .setMode(TracingPolicyMode.TP_MODE_MONITOR)
                        .setKernelMemoryBytes(1000);
        policy.getStatsBuilder()
                .getActionCountersBuilder()
                .setPost(5)
                .setSignal(1)
                .setOverride(2)
                .setNotifyEnforcer(3)
                .setSet(4)
                .setMonitorSignal(5)
                .setMonitorOverride(6)
                .setMonitorNotifyEnforcer(7)
                .setMonitorSet(8)
                .setNopost(100);
        return policy;
    }

    @Test
    void printsOnlyTheHeadingsWhenThereAreNoPolicies() {
        assertTrue(run("list", "--domain", "d").out().matches("ID   NAME   DOMAIN .* NMONITOR\n"));
        assertEquals(printed("{}\n"), run("list", "-o", "json"));
        assertEquals(
                ListTracingPoliciesRequest.newBuilder().setDomain("d").build(), agent.requests.get(0));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B", "999, 999 B", "1000, 1.00 kB", "1005, 1.00 kB", "999999, 1000.00 kB", "1000000, 1.00 MB",
        "2953512, 2.95 MB", "9223372036854775807, 9.22 EB", "-1, 18.45 EB",
    })
    void writesMemoryInDecimalUnits(long bytes, String text) {
        assertEquals(text, PolicyListing.bytes(bytes));
    }

    @Test
    void saysWhatTheAgentRefused(@TempDir Path folder) throws IOException {
        agent.failure =
                Status.INVALID_ARGUMENT.withDescription(
                        "read tracing policy: 4:1: spec: unknown field \"x\"\nsecond \u001b[31mline");
        String file = Files.writeString(folder.resolve("p.yaml"), POLICY).toString();
        assertEquals(
                refused(
                        "the agent at " + address
                                + " refused with INVALID_ARGUMENT: read tracing policy: 4:1: spec: unknown field"
                                + " \"x\" second  [31mline"),
                run("add", file));
        agent.failure = Status.NOT_FOUND.withDescription("no policy \"p\" in domain \"grpc\"");
        assertEquals(
                refused("the agent at " + address + " refused with NOT_FOUND: no policy \"p\" in domain \"grpc\""),
                run("delete", "p"));
    }

    @Test
    void refusesAFileThatCannotBeSent(@TempDir Path folder) throws IOException {
        Path bytes = Files.write(folder.resolve("bytes"), new byte[] {'a', (byte) 0xff});
        assertEquals(refused(bytes + " is not UTF-8: save it as UTF-8"), run("add", bytes.toString()));
        assertEquals(refused("there is no file /none: give a policy in YAML"), run("add", "/none"));
        assertEquals(
                refused("cannot read " + folder + " (Is a directory): check its permissions"),
                run("add", folder.toString()));
        assertEquals(
                refused("/dev/zero has more than 4194304 bytes, which no agent accepts: split the policy"),
                run("add", "/dev/zero"));
        assertEquals(List.of(), agent.requests);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "add | FILE is missing; see tetra tracingpolicy add --help",
                "delete | NAME is missing; see tetra tracingpolicy delete --help",
                "set-mode p | MODE is missing; see tetra tracingpolicy set-mode --help",
                "set-mode p monitor_only | there is no mode \"monitor_only\": use enforce or monitor",
                "delete p q | unknown argument q; see tetra tracingpolicy delete --help",
                "list -o yaml | invalid value \"yaml\" for --output: use text, json",
                "domains -o xml | invalid value \"xml\" for --output: use text, json",
                "modify /dev/null -m strict | there is no mode \"strict\": use enforce or monitor",
                "modify /dev/null -m monitor | /dev/null: the policy is empty",
                "nonsense | unknown command nonsense; see tetra tracingpolicy --help",
                "generate nonsense | unknown command nonsense; see tetra tracingpolicy generate --help",
                "generate usdts | --binary is missing: give it, or see tetra tracingpolicy generate usdts --help",
                "generate uprobes -b /none | /none does not exist: give a program or library",
                "generate ftrace-list -r ( | invalid --regex \"(\": missing closing ); write it in RE2's syntax",
            })
    void saysWhatIsWrongInOneLine(String words, String message) {
        assertEquals(refused(message), run(words.split(" ")));
        assertEquals(List.of(), agent.requests);
    }

    @Test
    void hasAShortName() {
        assertEquals(
                "Usage: tetra tracingpolicy COMMAND [FLAGS]",
                tetra("tp", "--help").out().lines().findFirst().orElse(""));
        assertEquals(tetra("tracingpolicy", "generate", "empty"), tetra("tp", "generate", "empty"));
    }

    @Test
    void printsAPolicyWithAnotherMode(@TempDir Path folder) throws IOException {
        String text = "spec:\n  options:\n  - name: policy-mode # why\n    value: enforce\n  kprobes: []";
        String file = Files.writeString(folder.resolve("p.yaml"), text).toString();
        assertEquals(printed(text.replace("enforce", "monitor") + "\n"), run("modify", file, "-m", "monitor"));
        assertEquals(printed(text + "\n"), run("modify", file));
    }
}
