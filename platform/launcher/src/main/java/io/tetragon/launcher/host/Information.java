// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What {@code tetragon-info.json} tells clients such as tetra. The keys are Tetragon's, all of them, since its tools read
 * this file too.
 */
public final class Information {
    private final Map<String, Object> values = new LinkedHashMap<>();

    /**
     * @param exportFile path of the JSON export, or empty
     * @param btf path of the kernel's types
     * @param serverAddress gRPC address for clients, or empty
     * @param mapDirectory directory of pinned maps
     * @param maxReceiveSize largest message a client should accept, in bytes
     */
    public Information(String exportFile, String btf, String serverAddress, String mapDirectory, long maxReceiveSize) {
        values.put("export_fname", exportFile);
        values.put("lib_dir", "");
        values.put("btf_fname", btf);
        values.put("server_address", serverAddress);
        values.put("metrics_address", "");
        values.put("gops_address", "");
        values.put("map_dir", mapDirectory);
        values.put("bpftool_path", "");
        values.put("gops_path", "");
        values.put("max_recv_size", maxReceiveSize);
        values.put("pid", ProcessHandle.current().pid());
    }

    /** Returns the content of the file. */
    public String json() {
        StringJoiner members = new StringJoiner(",", "{", "}\n");
        values.forEach((key, value) ->
                members.add('"' + key + "\":" + (value instanceof String text ? quoted(text) : value)));
        return members.toString();
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
