// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.bpf.BpfLink;
import java.util.List;

/**
 * What an {@link Attachment} returns that is not exactly one link. If the agent is to leave programs in force when it ends, these
 * links are pinned with the others; of whatever else an attachment returns, the agent says that it ends with it.
 */
public interface Attached extends AutoCloseable {
    /**
     * Returns the links without which it is not attached; none if all it does is in maps, which live as long as programs that
     * use them. They may be shared with other attachments of the same policy.
     */
    List<BpfLink> links();

    @Override
    void close();
}
