// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UInt32Value;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.core.PolicyCounters;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.PolicyStatus.State;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.proto.AddTracingPolicyRequest;
import io.tetragon.proto.ConfigureTracingPolicyRequest;
import io.tetragon.proto.DeleteTracingPolicyRequest;
import io.tetragon.proto.DisableTracingPolicyRequest;
import io.tetragon.proto.EnableTracingPolicyRequest;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.HookState;
import io.tetragon.proto.HookStatus;
import io.tetragon.proto.ListDomainsRequest;
import io.tetragon.proto.ListTracingPoliciesRequest;
import io.tetragon.proto.TracingPolicyActionCounters;
import io.tetragon.proto.TracingPolicyMode;
import io.tetragon.proto.TracingPolicySelectorActionCounters;
import io.tetragon.proto.TracingPolicyState;
import io.tetragon.proto.TracingPolicyStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
@SuppressWarnings("deprecation") // some of the calls and members
class PolicyMethodsTest {
    @TempDir
    Path directory;

    private Rig rig;
    private FineGuidanceSensorsGrpc.FineGuidanceSensorsBlockingStub stub;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(directory);
        stub = FineGuidanceSensorsGrpc.newBlockingStub(rig.unix());
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void aRequestWithoutADomainMeansThatOfGrpc() {
        stub.addTracingPolicy(AddTracingPolicyRequest.newBuilder().setYaml("é").build());
        stub.addTracingPolicy(AddTracingPolicyRequest.newBuilder().setYaml("y").setDomain("mine").build());
        stub.deleteTracingPolicy(DeleteTracingPolicyRequest.newBuilder().setName("a").build());
        stub.enableTracingPolicy(EnableTracingPolicyRequest.newBuilder().setName("a").setNamespace("n").build());
        stub.disableTracingPolicy(DisableTracingPolicyRequest.newBuilder().setName("a").setDomain("static").build());
        stub.configureTracingPolicy(ConfigureTracingPolicyRequest.newBuilder().setName("a").build());
        stub.configureTracingPolicy(ConfigureTracingPolicyRequest.newBuilder().setName("a").setEnable(false)
                .setMode(TracingPolicyMode.TP_MODE_MONITOR).build());
        assertEquals(
                List.of("add é to grpc", "add y to mine", "delete a of domain grpc", "enable n/a of domain grpc",
                        "disable a of domain static", "configure a of domain grpc null null",
                        "configure a of domain grpc false MONITOR"),
                rig.policies.calls);
    }

    @Test
    void aLoadedPolicyIsListedWithAllThatIsKnown() {
        PolicyCounters one = new PolicyCounters(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        rig.policies.listed = List.of(new PolicyStatus(2, new PolicyKey("grpc", "ns", "p"), State.ENABLED, "", 2,
                List.of("__enforcer__", "generic_kprobe"), 4096, Mode.ENFORCE, one,
                List.of(new PolicyStatus.SelectorCounters("sys_read", 1, 0, "", PolicyCounters.ZERO),
                        new PolicyStatus.SelectorCounters("sys_read", 1, 3, "label", one)),
                List.of(new PolicyStatus.Hook("kprobes", 1, "sys_read", PolicyPlan.State.PARTIAL_CALL_NOT_FOUND),
                        new PolicyStatus.Hook("tracepoints", 0, "sched/x", PolicyPlan.State.LOADED))));
        TracingPolicyActionCounters counters = TracingPolicyActionCounters.newBuilder().setPost(1).setSignal(2)
                .setMonitorSignal(3).setOverride(4).setMonitorOverride(5).setNotifyEnforcer(6).setMonitorNotifyEnforcer(7)
                .setSet(8).setMonitorSet(9).setNopost(10).build();
        TracingPolicyStatus.Builder expected = TracingPolicyStatus.newBuilder().setId(2).setName("p").setNamespace("ns")
                .setFilterId(2).setDomain("grpc").addSensors("__enforcer__").addSensors("generic_kprobe").setEnabled(true)
                .setState(TracingPolicyState.TP_STATE_ENABLED).setKernelMemoryBytes(4096)
                .setMode(TracingPolicyMode.TP_MODE_ENFORCE)
                .addHookStatuses(HookStatus.newBuilder().setSection("kprobes").setHookIdx(1).setHookDescription("sys_read")
                        .setState(HookState.STATUS_PARTIAL_CALL_NOT_FOUND));
        expected.getStatsBuilder().setActionCounters(counters).addSelectorActionCounters(
                TracingPolicySelectorActionCounters.newBuilder().setHook("sys_read").setHookIndex(UInt32Value.of(1))
                        .setSelectorIndex(UInt32Value.of(3)).setSelectorLabel("label").setActionCounters(counters));
        assertEquals(List.of(expected.build()), list(""));
    }

    @Test
    void aPolicyThatFailedIsListedWithItsReasonAndNothingElse() {
        rig.policies.listed = List.of(idle("p", "grpc", State.LOAD_ERROR, "why"));
        assertEquals(
                List.of(TracingPolicyStatus.newBuilder().setId(7).setName("p").setDomain("grpc").setError("why")
                        .setState(TracingPolicyState.TP_STATE_LOAD_ERROR).build()),
                list(""));
        assertFalse(list("").get(0).hasStats());
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void everyStateHasAWordOfTheInterface(State state) {
        rig.policies.listed = List.of(idle("p", "grpc", state, ""));
        assertEquals("TP_STATE_" + state, list("").get(0).getState().name());
        assertEquals(state == State.ENABLED || state == State.PARTIALLY_ENABLED, list("").get(0).getEnabled());
    }

    @Test
    void domainsAreListedAndSelect() {
        rig.policies.listed = List.of(idle("a", "static", State.ENABLED, ""), idle("b", "grpc", State.ENABLED, ""));
        assertEquals(List.of("a", "b"), list("").stream().map(TracingPolicyStatus::getName).toList());
        assertEquals(List.of("a"), list("static").stream().map(TracingPolicyStatus::getName).toList());
        assertEquals(List.of(), list("other"));
        assertEquals(List.of("grpc", "static"),
                stub.listDomains(ListDomainsRequest.getDefaultInstance()).getDomainsList());
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_ARGUMENT, INVALID_ARGUMENT", "NOT_FOUND, NOT_FOUND", "ALREADY_EXISTS, ALREADY_EXISTS",
        "FAILED_PRECONDITION, FAILED_PRECONDITION", "UNSUPPORTED, FAILED_PRECONDITION",
        "PERMISSION_DENIED, PERMISSION_DENIED", "RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED", "INTERNAL, INTERNAL",
    })
    void failuresHaveTheStatusOfTheirKind(Kind kind, Status.Code code) {
        rig.policies.refuse(new TetragonException(kind, "load policy p", "why", "remedy"));
        Status status = assertThrows(StatusRuntimeException.class,
                () -> stub.addTracingPolicy(AddTracingPolicyRequest.getDefaultInstance())).getStatus();
        assertEquals(code, status.getCode());
        assertEquals("load policy p: why (remedy)", status.getDescription());
    }

    @Test
    void aPolicyWithoutANameIsRefused() {
        Status status = assertThrows(StatusRuntimeException.class,
                () -> stub.deleteTracingPolicy(DeleteTracingPolicyRequest.getDefaultInstance())).getStatus();
        assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode());
        assertTrue(rig.policies.calls.isEmpty());
    }

    private List<TracingPolicyStatus> list(String domain) {
        return stub.listTracingPolicies(ListTracingPoliciesRequest.newBuilder().setDomain(domain).build())
                .getPoliciesList();
    }

    private static PolicyStatus idle(String name, String domain, State state, String error) {
        return new PolicyStatus(7, new PolicyKey(domain, "", name), state, error, 0, List.of(), 0, Mode.UNKNOWN,
                PolicyCounters.ZERO, List.of(), List.of());
    }
}
