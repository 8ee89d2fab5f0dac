// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.action;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Position;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What servers on the loopback see of the agent's own actions. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class AgentActionsTest {
    private static final Position HERE = new Position(1, 1);

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final CountDownLatch open = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server = HttpServer.create();

    AgentActionsTest() throws IOException {}

    @BeforeEach
    void serve() throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        open.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        seen.add(exchange.getRequestMethod() + " " + path);
        if (path.equals("/held")) {
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (path.startsWith("/to")) {
            exchange.getResponseHeaders().add("Location", path.equals("/to-file") ? "file:///etc/passwd" : "/behind");
            exchange.sendResponseHeaders(302, -1);
        } else if (path.equals("/endless")) {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                byte[] block = new byte[8192];
                while (true) {
                    body.write(block);
                }
            } catch (IOException e) {
                seen.add("cut");
            }
        } else {
            exchange.sendResponseHeaders(200, -1);
        }
        exchange.close();
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private Action get(String path) {
        return new Action.GetUrl(HERE, url(path));
    }

    private String next() throws InterruptedException {
        return String.valueOf(seen.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void aUrlIsFetchedAndRedirectionsFollowed() throws InterruptedException {
        AgentActions actions = new AgentActions();
        assertTrue(actions.submit(get("/canary")));
        assertEquals("GET /canary", next());
        assertTrue(actions.submit(get("/to-elsewhere")));
        assertEquals("GET /to-elsewhere", next());
        assertEquals("GET /behind", next());
    }

    @Test
    void whatDoesNotAnswerAsItShouldDoesNotEndTheOthers() throws InterruptedException {
        AgentActions actions = new AgentActions();
        for (String bad : new String[] {"file:///etc/passwd", "nonsense", "http://", "ftp://127.0.0.1/", ":",
            "http://127.0.0.1:1/closed", url("/to-file")}) {
            assertTrue(actions.submit(new Action.GetUrl(HERE, bad)));
        }
        assertTrue(actions.submit(new Action.DnsLookup(HERE, "..")));
        assertEquals("GET /to-file", next());
        assertTrue(actions.submit(get("/still")));
        assertEquals("GET /still", next());
    }

    @Test
    void anEndlessAnswerIsCut() throws IOException, InterruptedException {
        new UrlFetch().run(url("/endless"));
        assertEquals("GET /endless", next());
        assertEquals("cut", next());
    }

    @Test
    void onlyHttpIsFetched() {
        for (String url : new String[] {"file:///etc/passwd", "jar:file:///x!/y", "/etc/passwd"}) {
            assertThrows(IOException.class, () -> new UrlFetch().run(url));
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws InterruptedException {
        AgentActions actions = new AgentActions();
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            refused += actions.submit(get("/held")) ? 0 : 1;
        }
        // Two at work, 256 waiting; a worker may not have taken its first yet.
        assertTrue(refused >= 42 && refused <= 44, refused + " refused");
        assertEquals("GET /held", next());
    }

    @Test
    void aNameIsAskedForEachTime() throws IOException, InterruptedException {
        try (DatagramSocket dns = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> serveNames(dns));
            AgentActions actions = new AgentActions("dns://127.0.0.1:" + dns.getLocalPort());
            for (int round = 0; round < 2; round++) {
                assertTrue(actions.submit(new Action.DnsLookup(HERE, "canary.example.com")));
                assertEquals("canary.example.com", next());
            }
        }
    }

    /** Answers that there is no such name. */
    private void serveNames(DatagramSocket dns) {
        byte[] buffer = new byte[512];
        try {
            while (true) {
                DatagramPacket question = new DatagramPacket(buffer, buffer.length);
                dns.receive(question);
                StringBuilder name = new StringBuilder();
                for (int at = 12; buffer[at] != 0; at += buffer[at] + 1) {
                    name.append(name.length() == 0 ? "" : ".").append(new String(buffer, at + 1, buffer[at]));
                }
                seen.add(name.toString());
                byte[] answer = Arrays.copyOf(buffer, question.getLength());
                answer[2] |= (byte) 0x80;
                answer[3] = (byte) 0x83;
                dns.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
            }
        } catch (IOException e) {
            // The test closed the socket.
            return;
        }
    }
}
