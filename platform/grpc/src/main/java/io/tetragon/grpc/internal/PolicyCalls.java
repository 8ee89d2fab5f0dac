// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.PolicyStatus;
import io.tetragon.proto.AddTracingPolicyRequest;
import io.tetragon.proto.AddTracingPolicyResponse;
import io.tetragon.proto.ConfigureTracingPolicyRequest;
import io.tetragon.proto.ConfigureTracingPolicyResponse;
import io.tetragon.proto.DeleteTracingPolicyRequest;
import io.tetragon.proto.DeleteTracingPolicyResponse;
import io.tetragon.proto.DisableTracingPolicyRequest;
import io.tetragon.proto.DisableTracingPolicyResponse;
import io.tetragon.proto.EnableTracingPolicyRequest;
import io.tetragon.proto.EnableTracingPolicyResponse;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.ListDomainsResponse;
import io.tetragon.proto.ListTracingPoliciesRequest;
import io.tetragon.proto.ListTracingPoliciesResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The calls of {@code FineGuidanceSensors} about policies. A request without a domain means {@link PolicyKey#GRPC}. */
final class PolicyCalls {
    /** Calls that load or unload programs; the others answer from what is in memory. */
    static final Set<String> SLOW = Set.of("AddTracingPolicy", "DeleteTracingPolicy", "EnableTracingPolicy",
            "DisableTracingPolicy", "ConfigureTracingPolicy");

    private final PolicyManager policies;

    private PolicyCalls(PolicyManager policies) {
        this.policies = policies;
    }

    @SuppressWarnings("deprecation") // two of the calls are deprecated upstream and always work here
    static ServiceTable addTo(ServiceTable service, PolicyManager policies) {
        PolicyCalls self = new PolicyCalls(policies);
        return service
                .unary(FineGuidanceSensorsGrpc.getAddTracingPolicyMethod(), self::add)
                .unary(FineGuidanceSensorsGrpc.getDeleteTracingPolicyMethod(), self::delete)
                .unary(FineGuidanceSensorsGrpc.getListTracingPoliciesMethod(), self::list)
                .unary(FineGuidanceSensorsGrpc.getEnableTracingPolicyMethod(), self::enable)
                .unary(FineGuidanceSensorsGrpc.getDisableTracingPolicyMethod(), self::disable)
                .unary(FineGuidanceSensorsGrpc.getConfigureTracingPolicyMethod(), self::configure)
                .unary(FineGuidanceSensorsGrpc.getListDomainsMethod(), request -> self.domains());
    }

    private AddTracingPolicyResponse add(AddTracingPolicyRequest request) throws TetragonException {
        policies.add(request.getYaml().getBytes(StandardCharsets.UTF_8), domain(request.getDomain()));
        return AddTracingPolicyResponse.getDefaultInstance();
    }

    private DeleteTracingPolicyResponse delete(DeleteTracingPolicyRequest request) throws TetragonException {
        policies.delete(key(request.getDomain(), request.getNamespace(), request.getName()));
        return DeleteTracingPolicyResponse.getDefaultInstance();
    }

    private EnableTracingPolicyResponse enable(EnableTracingPolicyRequest request) throws TetragonException {
        policies.enable(key(request.getDomain(), request.getNamespace(), request.getName()));
        return EnableTracingPolicyResponse.getDefaultInstance();
    }

    private DisableTracingPolicyResponse disable(DisableTracingPolicyRequest request) throws TetragonException {
        policies.disable(key(request.getDomain(), request.getNamespace(), request.getName()));
        return DisableTracingPolicyResponse.getDefaultInstance();
    }

    private ConfigureTracingPolicyResponse configure(ConfigureTracingPolicyRequest request) throws TetragonException {
        policies.configure(key(request.getDomain(), request.getNamespace(), request.getName()),
                request.hasEnable() ? Boolean.valueOf(request.getEnable()) : null,
                request.hasMode() ? PolicyMessage.mode(request.getMode()) : null);
        return ConfigureTracingPolicyResponse.getDefaultInstance();
    }

    private ListTracingPoliciesResponse list(ListTracingPoliciesRequest request) {
        ListTracingPoliciesResponse.Builder response = ListTracingPoliciesResponse.newBuilder();
        for (PolicyStatus policy : policies.list()) {
            if (request.getDomain().isEmpty() || request.getDomain().equals(policy.key().domain())) {
                response.addPolicies(PolicyMessage.of(policy));
            }
        }
        return response.build();
    }

    private ListDomainsResponse domains() {
        return ListDomainsResponse.newBuilder().addAllDomains(policies.domains()).build();
    }

    private static PolicyKey key(String domain, String namespace, String name) throws TetragonException {
        if (name.isEmpty()) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "policy", "the name is empty",
                    "see the list of policies");
        }
        return new PolicyKey(domain(domain), namespace, name);
    }

    private static String domain(String given) {
        return given.isEmpty() ? PolicyKey.GRPC : given;
    }
}
