// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.hooks.internal.action.AgentActions;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Position;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which events make the agent fetch something. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AgentActionTest {
    @Test
    void eachEventOfASelectorWithAnActionHasItDoneOnce() throws IOException, InterruptedException {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.add(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            MemoryContext context = new MemoryContext();
            HookRecords records = new HookRecords(context, new AgentActions());
            records.register(Hooks.kprobe("f").returning(ArgumentType.INT32).actions(List.of(List.of(),
                    List.of(new Action.GetUrl(Position.START, url + "/second")))).as(1));
            records.decode(GenericRecord.of(1).selector(0).record());
            records.decode(GenericRecord.of(1).selector(2).record());
            records.decode(GenericRecord.of(1).selector(1).call(7).record());
            records.decode(GenericRecord.of(1).selector(1).call(7).flags(MsgGenericFlags.MSG_RETURN).record());
            assertEquals("/second", seen.poll(20, TimeUnit.SECONDS));
            records.decode(GenericRecord.of(1).selector(1).record());
            assertEquals("/second", seen.poll(20, TimeUnit.SECONDS));
            assertEquals(null, seen.poll());
            assertEquals(4, context.events.size());
        } finally {
            server.stop(0);
        }
    }
}
