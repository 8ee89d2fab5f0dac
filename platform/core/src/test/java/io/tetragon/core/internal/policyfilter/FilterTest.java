// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.api.TetragonException;
import io.tetragon.core.NewContainer;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.PolicyParser;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.Workloads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which containers a restriction selects. */
class FilterTest {
    private static final List<Container> ALL = List.of(
            container("web", "docker.io/library/nginx:1.27", "shop", Map.of("app", "shop", "tier", "front")),
            container("db", "quay.io:5000/db@sha256:0123", "shop", Map.of("app", "shop")),
            container("probe", "probe", "", Map.of()),
            container("", "", "infra", Map.of("app", "dns")));

    private static Container container(String name, String image, String namespace, Map<String, String> podLabels) {
        try {
            return Container.of(new NewContainer("", name, image, "", namespace, "", podLabels, Map.of()),
                    new Cgroup(1, 1, Path.of("/" + (name.isEmpty() ? "sandbox" : name))));
        } catch (TetragonException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "podSelector: {}                                                               | web db probe sandbox",
        "podSelector: {matchLabels: {app: shop}}                                       | web db",
        "podSelector: {matchLabels: {app: shop, tier: front}}                          | web",
        "podSelector: {matchExpressions: [{key: app, operator: In, values: [shop, dns]}]} | web db sandbox",
        "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [shop]}]} | probe sandbox",
        "podSelector: {matchExpressions: [{key: tier, operator: Exists}]}              | web",
        "podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}        | db probe sandbox",
        "containerSelector: {matchLabels: {name: web}}                                 | web",
        "containerSelector: {matchLabels: {repo: docker.io/library/nginx}}             | web",
        "containerSelector: {matchLabels: {repo: quay.io:5000/db}}                     | db",
        "containerSelector: {matchLabels: {repo: nginx}}                               | ''",
        "containerSelector: {matchExpressions: [{key: name, operator: NotIn, values: [web, db]}]} | probe sandbox",
        "containerSelector: {matchExpressions: [{key: name, operator: Exists}]}        | web db probe",
        "podSelector: {matchLabels: {app: shop}}; containerSelector: {matchLabels: {name: db}} | db",
        "hostSelector: {}                                                              | ''",
        "hostSelector: {}; containerSelector: {matchLabels: {name: db}}                | db",
    })
    void aRestrictionSelects(String restriction, String selected) throws TetragonException {
        assertEquals(selected, selected(policy("TracingPolicy", "", restriction)));
    }

    @Test
    void aNamespacedPolicyIsForThePodsOfItsNamespace() throws TetragonException {
        assertEquals("web db", selected(policy("TracingPolicyNamespaced", "namespace: shop", "")));
        assertEquals("web", selected(policy("TracingPolicyNamespaced", "namespace: shop",
                "containerSelector: {matchLabels: {name: web}}")));
        assertEquals("", selected(policy("TracingPolicyNamespaced", "namespace: other", "podSelector: {}")));
    }

    @Test
    void selectorsForTheSameAreNumberedOnce() throws TetragonException {
        TracingPolicy policy = policy("TracingPolicy", "", "kprobes:\n  - call: sys_a\n    syscall: true\n    selectors:\n"
                + "    - matchWorkloads: {hostSelector: {}}\n"
                + "    - matchWorkloads: {podSelector: {}, hostSelector: {}}\n"
                + "    - macros: [m]\n"
                + "  - call: sys_b\n    syscall: true\n    selectors:\n    - macros: [m]\n"
                + "  selectorsMacros: {m: {matchWorkloads: {containerSelector: {matchLabels: {name: a}}}}}");
        assertEquals(List.of(1, 2), policy.selectorWorkloads().stream().map(Workloads::number).toList());
        assertEquals(List.of(1, 0, 2), policy.kprobes().get(0).selectors().stream().map(s -> s.workloads().number()).toList());
        assertEquals(2, policy.kprobes().get(1).selectors().get(0).workloads().number());
        assertEquals(false, policy.filtered());
    }

    private static String selected(TracingPolicy policy) {
        Filter filter = new Filter(2, policy.namespace(), policy.workloads());
        return ALL.stream().filter(filter::selects).map(Container::id).collect(Collectors.joining(" "));
    }

    static TracingPolicy policy(String kind, String metadata, String spec) throws TetragonException {
        String text = "apiVersion: cilium.io/v1alpha1\nkind: " + kind + "\nmetadata:\n  name: p\n  "
                + metadata + "\nspec:\n  " + spec.strip().replace("; ", "\n  ") + "\n  options: []\n";
        return new PolicyParser().parse(text.getBytes(StandardCharsets.UTF_8),
                PolicyContext.offline().withKubernetes("").withPolicyFilter()).orThrow();
    }
}
