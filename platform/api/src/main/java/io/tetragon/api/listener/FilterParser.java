// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

import io.tetragon.api.TetragonException;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.util.List;

/**
 * The service that reads the filters a user wrote into a flag: JSON objects behind each other, separated by white space,
 * with member names as in the proto or in camel case. Safe for use by any thread.
 */
public interface FilterParser {
    /**
     * Reads event filters, such as those of {@code export-allowlist}.
     *
     * @param flag name of the flag, for the message of a failure
     * @param text the flag's value; empty or blank means no filter
     * @throws TetragonException {@code INVALID_ARGUMENT} if the text is no list of filters, or a filter has an expression
     *     that does not compile or a member that is not supported
     */
    List<Filter> parse(String flag, String text) throws TetragonException;

    /**
     * Reads field filters, such as those of {@code field-filters}.
     *
     * @param flag name of the flag, for the message of a failure
     * @param text the flag's value; empty or blank means no filter
     * @throws TetragonException {@code INVALID_ARGUMENT} if the text is no list of field filters or names an unknown field
     */
    List<FieldFilter> parseFieldFilters(String flag, String text) throws TetragonException;
}
