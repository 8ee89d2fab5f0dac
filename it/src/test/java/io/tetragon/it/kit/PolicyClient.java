// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The calls about policies. What the agent refuses is a {@link StatusRuntimeException}. For use by any thread.
 */
public final class PolicyClient implements AutoCloseable {
    private static final List<String> STATES = List.of("unknown", "enabled", "disabled", "load_error", "error", "loading",
            "unloading", "skipped", "partially_enabled");
    private static final List<String> HOOK_STATES =
            List.of("unspecified", "loaded", "digest_rejected", "call_not_found", "partial_call_not_found");

    /** Whether a policy's enforcing actions are taken. */
    public enum Mode {
        UNKNOWN,
        ENFORCE,
        MONITOR,
        MONITOR_ONLY
    }

    /** What became of one hook, in upstream's words. */
    public record Hook(String section, int index, String description, String state) {}

    /** How often the actions of a policy ran; {@code enforced} and {@code monitored} are sums over all that enforce. */
    public record Counters(long post, long noPost, long enforced, long monitored) {}

    /** A line of the list of policies, the state in upstream's words. */
    public record Policy(
            long id,
            String name,
            String namespace,
            String domain,
            String state,
            String error,
            List<String> sensors,
            long kernelMemory,
            Mode mode,
            Counters counters,
            List<Hook> hooks,
            long filterId) {}

    private final AgentSocket socket;

    public PolicyClient(AgentProcess agent) {
        socket = new AgentSocket(agent);
    }

    /** Adds a policy to the domain of this interface. */
    public void add(String yaml) {
        add(yaml, "");
    }

    public void add(String yaml, String domain) {
        socket.call("AddTracingPolicy", new Wire.Builder().text(1, yaml).text(2, domain).build());
    }

    public void delete(String name) {
        delete(name, "", "");
    }

    public void delete(String name, String namespace, String domain) {
        socket.call("DeleteTracingPolicy", policy(name, namespace).text(3, domain).build());
    }

    public void enable(String name) {
        socket.call("ConfigureTracingPolicy", policy(name, "").number(3, 1).build());
    }

    public void disable(String name) {
        socket.call("ConfigureTracingPolicy", policy(name, "").number(3, 0).build());
    }

    public void disable(String name, String domain) {
        socket.call("ConfigureTracingPolicy", policy(name, "").number(3, 0).text(5, domain).build());
    }

    public void setMode(String name, Mode mode) {
        socket.call("ConfigureTracingPolicy", policy(name, "").number(4, mode.ordinal()).build());
    }

    private static Wire.Builder policy(String name, String namespace) {
        return new Wire.Builder().text(1, name).text(2, namespace);
    }

    /** The policies of all domains. */
    public List<Policy> list() {
        return list("");
    }

    public List<Policy> list(String domain) {
        return socket.call("ListTracingPolicies", new Wire.Builder().text(1, domain).build()).messages(1).stream()
                .map(PolicyClient::policy)
                .toList();
    }

    public Optional<Policy> find(String name) {
        return list().stream().filter(policy -> policy.name().equals(name)).findFirst();
    }

    /** The policy of this name; fails with the list when there is none. */
    public Policy get(String name) {
        return find(name).orElseThrow(() -> new AssertionError("no policy " + name + " among " + list()));
    }

    public List<String> domains() {
        return socket.call("ListDomains", new byte[0]).texts(1);
    }

    /** Deletes whatever policy is there. */
    public void deleteAll() {
        list().forEach(policy -> delete(policy.name(), policy.namespace(), policy.domain()));
    }

    private static Policy policy(Wire status) {
        Wire counters = status.message(12).message(1);
        return new Policy(
                status.number(1),
                status.text(2),
                status.text(3),
                status.text(13),
                word(STATES, status.number(9)),
                status.text(8),
                status.texts(5),
                status.number(10),
                Mode.values()[(int) status.number(11)],
                new Counters(
                        counters.number(1),
                        counters.number(10),
                        counters.number(2) + counters.number(4) + counters.number(6) + counters.number(8),
                        counters.number(3) + counters.number(5) + counters.number(7) + counters.number(9)),
                status.messages(14).stream()
                        .map(hook -> new Hook(
                                hook.text(1), (int) hook.number(4), hook.text(3), word(HOOK_STATES, hook.number(2))))
                        .toList(),
                status.number(7));
    }

    private static String word(List<String> words, long number) {
        return number < words.size() ? words.get((int) number) : String.format(Locale.ROOT, "number %d", number);
    }

    @Override
    public void close() {
        socket.close();
    }
}
