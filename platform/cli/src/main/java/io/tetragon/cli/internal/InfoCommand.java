// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.StructProto;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.WrappersProto;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.cli.internal.events.EventJson;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetInfoRequest;
import io.tetragon.proto.GetInfoResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra info}: what GetInfo answers, as one JSON object. */
final class InfoCommand implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description("Prints name, version, kernel features and configuration of the agent.");
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        GetInfoResponse info;
        try (AgentConnection agent = Globals.connect(flags)) {
            info =
                    agent.call(
                            FineGuidanceSensorsGrpc.getGetInfoMethod(), GetInfoRequest.getDefaultInstance());
        }
        terminal.println(json(info));
    }

    static String json(GetInfoResponse info) throws InvalidProtocolBufferException {
        List<String> probes = new ArrayList<>();
        for (GetInfoResponse.Probe probe : info.getProbesList()) {
            probes.add(member(probe.getName(), Boolean.toString(probe.getEnabled().getValue())));
        }
        List<String> conf = new ArrayList<>();
        for (GetInfoResponse.ConfVal entry : info.getConfList()) {
            conf.add(member(entry.getKey(), value(entry.getValue())));
        }
        StringBuilder build = new StringBuilder();
        EventJson.write(info.getBuild(), build);
        return object(
                List.of(
                        member("Name", string(info.getName())),
                        member("Version", string(info.getVersion())),
                        member("Probes", object(probes)),
                        member("Conf", object(conf)),
                        member("Build", build.toString())));
    }

    // Configuration values come as wrappers or google.protobuf.Value; {"@type":...,"value":x}.
    private static String value(Any any) throws InvalidProtocolBufferException {
        TypeRegistry types =
                TypeRegistry.newBuilder()
                        .add(WrappersProto.getDescriptor().getMessageTypes())
                        .add(StructProto.getDescriptor().getMessageTypes())
                        .build();
        if (types.getDescriptorForTypeUrl(any.getTypeUrl()) == null) {
            return string(any.getTypeUrl());
        }
        String json =
                JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace().print(any);
        int start = json.indexOf("\"value\":") + "\"value\":".length();
        return json.substring(start, json.length() - 1);
    }

    private static String string(String text) {
        StringBuilder out = new StringBuilder();
        EventJson.string(text, out);
        return out.toString();
    }

    private static String member(String name, String value) {
        return string(name) + ":" + value;
    }

    private static String object(List<String> members) {
        return "{" + String.join(",", members) + "}";
    }
}
