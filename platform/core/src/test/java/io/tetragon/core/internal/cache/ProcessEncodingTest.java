// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
import io.tetragon.proto.ProcessPrivilegesChanged;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two encodings of a process, told apart by nobody but their syntax. */
class ProcessEncodingTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void jsonAndProtoOfARandomProcessSayTheSame(boolean credentials, boolean namespaces) throws IOException {
        Random random = new Random(7);
        ProcessCache cache = cache(credentials, namespaces);
        for (int i = 0; i < 400; i++) {
            Process process = cache.executed(Descriptions.random(random));
            int refcnt = random.nextInt(3) - 1;
            int tid = random.nextInt();
            BinaryProperties properties = random.nextBoolean() ? null : properties(random);
            agree(process, refcnt, tid, properties, "process " + i);
            agree(process, refcnt + 7, tid, null, "process " + i + " again");
        }
    }

    @Test
    void membersHaveTheOrderOfTheInterface() throws IOException {
        ProcessDescription d = Descriptions.process(17, 99, 1, 5);
        d.cwd = Descriptions.utf8("/");
        d.arguments = Descriptions.utf8("-x");
        d.flags = ProcessFlags.EXECVE;
        d.docker = "0123";
        d.credentials = new Credentials(0, 0, 0, 0, 0, 0, 0, 0, 0x11, 3, 1L << 40, 0);
        d.namespaces = Descriptions.HOST;
        d.environment = List.of(Descriptions.utf8("A=b"));
        JsonNode tree = json(cache(true, true).executed(d), 2, 18, new BinaryProperties(0, 0, List.of(), 5));
        List<String> names = new ArrayList<>();
        tree.fieldNames().forEachRemaining(names::add);
        assertEquals(List.of("exec_id", "pid", "uid", "cwd", "binary", "arguments", "flags", "start_time", "auid", "docker",
                "parent_exec_id", "refcnt", "cap", "ns", "tid", "process_credentials", "binary_properties", "user",
                "in_init_tree", "environment_variables"), names);
        assertEquals("[\"SecBitNoRoot\",\"SecBitKeepCaps\"]",
                tree.get("process_credentials").get("securebits").toString());
        assertEquals("{\"permitted\":[\"CAP_CHOWN\",\"DAC_OVERRIDE\"],\"effective\":[\"CAP_CHECKPOINT_RESTORE\"]}",
                tree.get("cap").toString());
        assertEquals("{\"inum\":4,\"is_host\":true}", tree.get("ns").get("pid_for_children").toString());
        assertEquals(10, tree.get("ns").size());
        assertEquals("node:99:17", new String(Base64.getDecoder().decode(tree.get("exec_id").textValue())));
        assertEquals("node:5:1", new String(Base64.getDecoder().decode(tree.get("parent_exec_id").textValue())));
        assertEquals("someone", tree.get("user").get("name").textValue());
    }

    @Test
    void entriesOfTheEnvironmentWithoutANameAreMarked() throws IOException {
        ProcessDescription d = Descriptions.process(1, 1, 0, 0);
        d.environment = List.of(Descriptions.utf8("PATH=/bin"), Descriptions.utf8("nothing"), Descriptions.utf8("E="),
                Descriptions.utf8("=v"), Descriptions.utf8("a=b=c"));
        assertEquals("[{\"Key\":\"PATH\",\"Value\":\"/bin\"},{\"Key\":\"invalid\",\"Value\":\"nothing\"},{\"Key\":\"E\"},"
                + "{\"Value\":\"v\"},{\"Key\":\"a\",\"Value\":\"b=c\"}]",
                json(cache(false, false).executed(d), 1, 1, null).get("environment_variables").toString());
    }

    @Test
    void rootHasAnIdAndAProcessOutsideOfATreeSaysSo() throws IOException {
        JsonNode tree = json(cache(false, false).executed(Descriptions.process(1, 1, 0, 0)), 0, 1, null);
        assertEquals(0, tree.get("uid").intValue());
        assertEquals(4294967295L, tree.get("auid").longValue());
        assertEquals("false", tree.get("in_init_tree").toString());
        assertEquals(null, tree.get("refcnt"));
        assertEquals(null, tree.get("parent_exec_id"));
    }

    @Test
    void aForkShowsItsParentsDataUnderItsOwnIdentity() throws IOException {
        ProcessCache cache = cache(false, false);
        ProcessDescription d = Descriptions.process(10, 100, 0, 1);
        d.arguments = Descriptions.utf8("a b");
        cache.executed(d);
        Process fork = cache.forked(11, 2, 200, 1_000_000_000, 10, 100, true);
        assertTrue(fork != null);
        JsonNode tree = json(fork, 1, 11, null);
        assertEquals("/bin/p10", tree.get("binary").textValue());
        assertEquals("a b", tree.get("arguments").textValue());
        assertEquals(11, tree.get("pid").intValue());
        assertEquals("1970-01-01T00:00:01Z", tree.get("start_time").textValue());
        assertEquals("true", tree.get("in_init_tree").toString());
        assertEquals("node:100:10", new String(Base64.getDecoder().decode(tree.get("parent_exec_id").textValue())));
        agree(fork, 1, 12, null, "fork");
    }

    @Test
    void theCostOfAnEntryCoversBothEncodings() {
        Random random = new Random(3);
        for (int i = 0; i < 400; i++) {
            CachedProcess process = (CachedProcess) cache(i % 2 == 0, i % 3 == 0).executed(Descriptions.random(random));
            JsonWriter json = new JsonWriter(0);
            process.writeJson(json, 1, 1, null);
            ProtoWriter proto = new ProtoWriter(0);
            process.writeProto(proto, 1, 1, null);
            int text = process.cwdBytes().length + process.binaryBytes().length + process.argumentsBytes().length;
            List<byte[]> environment = process.environment();
            if (environment != null) {
                text += environment.stream().mapToInt(v -> v.length).sum();
            }
            int held = json.length() + proto.length() + text;
            assertTrue(process.size() > held, process.size() + " estimated, " + held + " held by " + json);
        }
    }

    @Test
    void severalThreadsMayEncodeTheSameProcessAtOnce() throws InterruptedException {
        Process process = cache(true, true).executed(Descriptions.random(new Random(1)));
        byte[][] results = new byte[8][];
        Thread[] threads = new Thread[results.length];
        for (int i = 0; i < threads.length; i++) {
            int slot = i;
            threads[i] = new Thread(() -> {
                JsonWriter out = new JsonWriter(0);
                process.writeJson(out, 1, 2, null);
                results[slot] = out.toByteArray();
            });
            threads[i].start();
        }
        for (int i = 0; i < threads.length; i++) {
            threads[i].join();
            assertArrayEquals(results[0], results[i]);
        }
    }

    private static void agree(Process process, int refcnt, int tid, @Nullable BinaryProperties properties, String what)
            throws IOException {
        ProtoWriter proto = new ProtoWriter(0);
        process.writeProto(proto, refcnt, tid, properties);
        String reference = JsonFormat.printer().preservingProtoFieldNames()
                .print(io.tetragon.proto.Process.parseFrom(proto.toByteArray()));
        assertEquals(JSON.readTree(reference), json(process, refcnt, tid, properties), what);
    }

    private static JsonNode json(Process process, int refcnt, int tid, @Nullable BinaryProperties properties)
            throws IOException {
        JsonWriter json = new JsonWriter(0);
        process.writeJson(json, refcnt, tid, properties);
        return JSON.readTree(json.toByteArray());
    }

    private static BinaryProperties properties(Random random) {
        return new BinaryProperties(random.nextInt(3) - 1, random.nextInt(3) - 1,
                random.nextBoolean() ? List.of() : List.of(
                        ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_CAP,
                        ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_SETGID),
                random.nextBoolean() ? 0 : random.nextLong());
    }

    private static ProcessCache cache(boolean credentials, boolean namespaces) {
        return new ProcessCache(new ProcessEncoding("node", credentials, namespaces, Descriptions.HOST),
                d -> d.pid % 2 == 0 ? "" : "someone", 64 << 20, 1 << 16);
    }
}
