// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The fields of one kind of mapping.
 *
 * @param title what it is called in an error, such as {@code a kprobe}
 */
record ObjectSchema(String title, Map<String, Field> fields) {
    ObjectSchema {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    static ObjectSchema of(String title, Field... fields) {
        Map<String, Field> byName = new LinkedHashMap<>();
        for (Field field : fields) {
            byName.put(field.name(), field);
        }
        return new ObjectSchema(title, byName);
    }
}
