// SPDX-License-Identifier: Apache-2.0
package io.tetragon.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The generated messages against the tables of the public interface. The whole tables are compared
 * where they lie beside the repository; the numbers nobody may ever change are also here.
 */
class PublicApiTest {
  private static final List<FileDescriptor> FILES =
      List.of(
          CapabilitiesProto.getDescriptor(),
          BpfProto.getDescriptor(),
          StackProto.getDescriptor(),
          TetragonProto.getDescriptor(),
          EventsProto.getDescriptor(),
          SensorsProto.getDescriptor(),
          EventLogServiceProto.getDescriptor());

  @ParameterizedTest
  @CsvSource({
    "GetEventsResponse, process_exec, 1",
    "GetEventsResponse, process_exit, 5",
    "GetEventsResponse, process_kprobe, 9",
    "GetEventsResponse, process_tracepoint, 10",
    "GetEventsResponse, process_throttle, 27",
    "GetEventsResponse, process_lsm, 28",
    "GetEventsResponse, node_name, 1000",
    "GetEventsResponse, time, 1001",
    "GetEventsResponse, rate_limit_info, 40001",
    "Process, exec_id, 1",
    "Process, parent_exec_id, 12",
    "Process, in_init_tree, 20",
    "Process, environment_variables, 21",
    "KprobeArgument, label, 18",
    "KprobeArgument, sockaddrun_arg, 33",
    "Filter, namespace_regex, 19",
    "GetEventsRequest, field_filters, 4",
  })
  void keepsTheNumberOf(String message, String field, int number) {
    assertEquals(number, messages().get(message).findFieldByName(field).getNumber());
  }

  @Test
  void declaresTheEventBeforeWhereAndWhenItHappened() {
    List<FieldDescriptor> fields = GetEventsResponse.getDescriptor().getFields();
    assertEquals("process_exec", fields.get(0).getName());
    assertEquals(
        List.of("node_name", "time"),
        fields.stream()
            .filter(f -> f.getContainingOneof() == null)
            .limit(2)
            .map(FieldDescriptor::getName)
            .toList());
  }

  @Test
  void hasEveryFieldOfTheTableAndNoOther() throws IOException {
    Set<String> expected = new LinkedHashSet<>();
    for (Map<String, String> row : table("api-messages.tsv")) {
      String message = row.get("message");
      switch (row.get("field")) {
        case "(no fields)" -> expected.add(message);
        case "(reserved)" -> expected.add(message + " reserved " + row.get("number").replace(" ", ""));
        default ->
            expected.add(
                String.join(
                    " ",
                    message + "." + row.get("field"),
                    row.get("number"),
                    row.get("type"),
                    row.get("label"),
                    row.get("deprecated")));
      }
    }
    Set<String> actual = new LinkedHashSet<>();
    messages().forEach((name, message) -> describe(name, message, actual));
    assertSameLines(expected, actual);
  }

  @Test
  void hasEveryEnumValueOfTheTableAndNoOther() throws IOException {
    Set<String> expected = new LinkedHashSet<>();
    for (Map<String, String> row : table("api-enums.tsv")) {
      String head = row.get("enum");
      expected.add(
          row.get("value").equals("(reserved)")
              ? head + " reserved " + row.get("number").replace(" ", "")
              : String.join(" ", head, row.get("value"), row.get("number"), row.get("deprecated")));
    }
    Set<String> actual = new LinkedHashSet<>();
    for (FileDescriptor file : FILES) {
      for (EnumDescriptor type : file.getEnumTypes()) {
        for (EnumValueDescriptor value : type.getValues()) {
          String deprecated = value.getOptions().getDeprecated() ? "deprecated" : "";
          actual.add(
              String.join(
                  " ", type.getName(), value.getName(), "" + value.getNumber(), deprecated));
        }
        String reserved =
            type.toProto().getReservedRangeList().stream()
                .map(r -> r.getStart() + "to" + r.getEnd())
                .collect(Collectors.joining(","));
        if (!reserved.isEmpty()) {
          actual.add(type.getName() + " reserved " + reserved);
        }
      }
    }
    assertSameLines(expected, actual);
  }

  @Test
  void hasEveryMethodOfTheTableAndNoOther() throws IOException {
    Set<String> expected = new LinkedHashSet<>();
    for (Map<String, String> row : table("api-services.tsv")) {
      expected.add(
          String.join(
              " ",
              row.get("grpc_path"),
              row.get("request"),
              row.get("response"),
              row.get("streaming"),
              row.get("deprecated")));
    }
    Set<String> actual = new LinkedHashSet<>();
    for (FileDescriptor file : FILES) {
      for (ServiceDescriptor service : file.getServices()) {
        for (MethodDescriptor method : service.getMethods()) {
          actual.add(
              String.join(
                  " ",
                  "/" + service.getFullName() + "/" + method.getName(),
                  method.getInputType().getName(),
                  method.getOutputType().getName(),
                  method.isServerStreaming() ? "server-stream" : "unary",
                  method.getOptions().getDeprecated() ? "deprecated" : ""));
        }
      }
    }
    assertSameLines(expected, actual);
    assertNotNull(FineGuidanceSensorsGrpc.getGetEventsMethod());
  }

  private static void describe(String name, Descriptor message, Set<String> out) {
    if (message.getFields().isEmpty()) {
      out.add(name);
    }
    for (FieldDescriptor field : message.getFields()) {
      String deprecated = field.getOptions().getDeprecated() ? "deprecated" : "";
      out.add(
          String.join(
              " ",
              name + "." + field.getName(),
              "" + field.getNumber(),
              type(field),
              label(field),
              deprecated));
    }
    String reserved =
        message.toProto().getReservedRangeList().stream()
            .map(r -> r.getStart() + "to" + (r.getEnd() - 1))
            .collect(Collectors.joining(","));
    if (!reserved.isEmpty()) {
      out.add(name + " reserved " + reserved);
    }
  }

  private static String label(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map";
    }
    if (field.isRepeated()) {
      return "repeated";
    }
    if (field.getRealContainingOneof() != null) {
      return "oneof " + field.getRealContainingOneof().getName();
    }
    return field.toProto().getProto3Optional() ? "optional" : "singular";
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      List<FieldDescriptor> entry = field.getMessageType().getFields();
      return "map<" + type(entry.get(0)) + "," + type(entry.get(1)) + ">";
    }
    return switch (field.getType()) {
      case MESSAGE -> {
        Descriptor type = field.getMessageType();
        yield type.getFullName().startsWith("google.") ? type.getFullName() : type.getName();
      }
      case ENUM -> field.getEnumType().getName();
      default -> field.getType().name().toLowerCase(java.util.Locale.ROOT);
    };
  }

  private static Map<String, Descriptor> messages() {
    Map<String, Descriptor> found = new LinkedHashMap<>();
    for (FileDescriptor file : FILES) {
      collect("", file.getMessageTypes(), found);
    }
    return found;
  }

  private static void collect(String prefix, List<Descriptor> types, Map<String, Descriptor> out) {
    for (Descriptor type : types) {
      if (type.getOptions().getMapEntry()) {
        continue;
      }
      out.put(prefix + type.getName(), type);
      collect(prefix + type.getName() + ".", type.getNestedTypes(), out);
    }
  }

  private static List<Map<String, String>> table(String name) throws IOException {
    Path file = Path.of(System.getProperty("tetragon.root", "../.."), "../shared/facts", name);
    assumeTrue(Files.isReadable(file), "the interface tables are not beside the repository");
    List<String> lines = Files.readAllLines(file);
    String[] header = lines.get(0).split("\t");
    List<Map<String, String>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split("\t", -1);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < header.length; i++) {
        row.put(header[i], i < cells.length ? cells[i].strip() : "");
      }
      rows.add(row);
    }
    assertTrue(rows.size() > 10, name + " is nearly empty");
    return rows;
  }

  private static void assertSameLines(Set<String> expected, Set<String> actual) {
    Set<String> missing = new LinkedHashSet<>(expected);
    missing.removeAll(actual);
    Set<String> extra = new LinkedHashSet<>(actual);
    extra.removeAll(expected);
    assertTrue(
        missing.isEmpty() && extra.isEmpty(),
        () -> "missing:\n" + String.join("\n", missing) + "\nunexpected:\n" + String.join("\n", extra));
  }
}
