// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

import io.tetragon.api.TetragonException;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.util.List;

/** The service that reads filters as users write them into flags. Safe for use by any thread. */
public interface FilterParser {
    /**
     * Reads JSON objects that follow each other, one filter each, with the field names of the API.
     *
     * @param flag name of the flag the text is from, for the error
     * @param text the objects; blank for none
     * @throws TetragonException naming the flag and the position if the text is not what it should be
     */
    List<Filter> parse(String flag, String text) throws TetragonException;

    /** Reads the objects of {@code field-filters}; the parameters and failures are those of {@link #parse}. */
    List<FieldFilter> parseFieldFilters(String flag, String text) throws TetragonException;
}
