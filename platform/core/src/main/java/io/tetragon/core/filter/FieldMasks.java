// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.FieldFilterAction;
import io.tetragon.proto.GetEventsResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The field filters of one listener, compiled: which fields of an event's message are kept. What is beside the message, such
 * as {@code time}, is always kept. Filters apply one after the other; a path that an event type does not have has no effect
 * on it.
 *
 * <p>Immutable and safe for use by any thread.
 */
public final class FieldMasks {
    private static final Descriptor RESPONSE = GetEventsResponse.getDescriptor();

    /** One filter as it applies to one event type. */
    record Step(FieldTree fields, boolean include) {}

    private final Map<EventType, List<Step>> steps = new EnumMap<>(EventType.class);

    private FieldMasks() {}

    /**
     * Compiles field filters.
     *
     * @throws TetragonException INVALID_ARGUMENT if a filter has no field, or one that no event has
     */
    public static FieldMasks compile(List<FieldFilter> filters) throws TetragonException {
        FieldMasks masks = new FieldMasks();
        for (int i = 0; i < filters.size(); i++) {
            masks.add("field filter " + (i + 1), filters.get(i));
        }
        return masks;
    }

    /** Returns the event with the fields that are kept; the event itself if there is no filter for its type. */
    public Event apply(Event event) {
        List<Step> own = steps.get(event.type());
        return own == null ? event : new MaskedEvent(event, own);
    }

    private void add(String where, FieldFilter filter) throws TetragonException {
        FilterCompiler.refuseUnknownFields(where, filter);
        if (filter.getFields().getPathsCount() == 0) {
            throw error(where, "it names no field", "set fields");
        }
        boolean include = switch (filter.getAction()) {
            case INCLUDE -> true;
            case EXCLUDE -> false;
            case UNRECOGNIZED -> throw error(
                    where, "unknown action " + filter.getActionValue(), "use " + FieldFilterAction.INCLUDE);
        };
        Map<EventType, FieldTree.Builder> trees = new EnumMap<>(EventType.class);
        for (EventType type : types(where, filter)) {
            trees.put(type, new FieldTree.Builder());
        }
        for (String path : filter.getFields().getPathsList()) {
            boolean known = false;
            for (Map.Entry<EventType, FieldTree.Builder> tree : trees.entrySet()) {
                known |= tree.getValue().add(message(tree.getKey()), path);
            }
            if (!known) {
                throw error(where, "no event it is for has a field '" + path + "'", "see the API for the fields");
            }
        }
        trees.forEach((type, tree) ->
                steps.computeIfAbsent(type, t -> new ArrayList<>()).add(new Step(tree.build(), include)));
    }

    private static Set<EventType> types(String where, FieldFilter filter) throws TetragonException {
        Set<EventType> named = EnumSet.noneOf(EventType.class);
        for (int number : filter.getEventSetValueList()) {
            EventType type = EventType.forNumber(number);
            if (type == null) {
                throw error(where, "event_set has the unknown event type " + number, "leave it out");
            }
            named.add(type);
        }
        boolean inverted = named.isEmpty() || filter.getInvertEventSet().getValue();
        Set<EventType> types = EnumSet.noneOf(EventType.class);
        for (EventType type : EventType.values()) {
            if (type != EventType.UNRECOGNIZED && message(type) != null && named.contains(type) != inverted) {
                types.add(type);
            }
        }
        return types;
    }

    private static @Nullable Descriptor message(EventType type) {
        FieldDescriptor field = RESPONSE.findFieldByNumber(type.getNumber());
        return field == null ? null : field.getMessageType();
    }

    private static TetragonException error(String where, String why, String remedy) {
        return new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, where, why, remedy);
    }
}
