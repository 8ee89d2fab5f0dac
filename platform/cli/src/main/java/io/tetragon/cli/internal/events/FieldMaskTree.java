// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.tetragon.proto.GetEventsResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Field paths such as {@code process.pod.name}, applied below the event message: what lies beside
 * it ({@code time}, {@code node_name}) is always kept. A path goes through every element of a list
 * and, by key, into maps. A path that a kind of event does not have is of no effect there.
 */
public final class FieldMaskTree {
    private final Map<String, FieldMaskTree> children = new HashMap<>();

    public static FieldMaskTree of(List<String> paths) {
        FieldMaskTree root = new FieldMaskTree();
        for (String path : paths) {
            FieldMaskTree node = root;
            for (String name : path.split("\\.")) {
                node = node.children.computeIfAbsent(name, k -> new FieldMaskTree());
            }
        }
        return root;
    }

    /** The event with nothing but these fields. */
    public GetEventsResponse include(GetEventsResponse event) {
        return apply(event, true);
    }

    /** The event without these fields. */
    public GetEventsResponse exclude(GetEventsResponse event) {
        return apply(event, false);
    }

    private GetEventsResponse apply(GetEventsResponse event, boolean keep) {
        FieldDescriptor kind =
                event.getOneofFieldDescriptor(GetEventsResponse.getDescriptor().getOneofs().get(0));
        if (kind == null) {
            return event;
        }
        return event.toBuilder()
                .setField(kind, masked((Message) event.getField(kind), keep))
                .build();
    }

    private Message masked(Message message, boolean keep) {
        Message.Builder result = message.toBuilder();
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            FieldMaskTree node = node(field);
            if (node == null) {
                if (keep) {
                    result.clearField(field);
                }
                continue;
            }
            if (node.children.isEmpty()) {
                if (!keep) {
                    result.clearField(field);
                }
            } else if (field.isMapField()) {
                result.clearField(field);
                node.copyEntries(field, (List<?>) entry.getValue(), keep, result);
            } else if (field.getType() == FieldDescriptor.Type.MESSAGE) {
                node.descend(field, entry.getValue(), keep, result);
            } else if (keep) {
                result.clearField(field);
            }
        }
        return result.build();
    }

    private @Nullable FieldMaskTree node(FieldDescriptor field) {
        FieldMaskTree node = children.get(field.getName());
        return node == null ? children.get(field.getJsonName()) : node;
    }

    private void descend(FieldDescriptor field, Object value, boolean keep, Message.Builder result) {
        if (!field.isRepeated()) {
            result.setField(field, masked((Message) value, keep));
            return;
        }
        List<?> elements = (List<?>) value;
        for (int i = 0; i < elements.size(); i++) {
            result.setRepeatedField(field, i, masked((Message) elements.get(i), keep));
        }
    }

    private void copyEntries(
            FieldDescriptor field, List<?> entries, boolean keep, Message.Builder result) {
        FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
        for (Object entry : entries) {
            boolean named = children.containsKey(((Message) entry).getField(key).toString());
            if (named == keep) {
                result.addRepeatedField(field, entry);
            }
        }
    }
}
