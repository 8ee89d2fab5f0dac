// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.BpfObject;

/**
 * One thing to do to a loaded object so that its programs run, such as attaching one of them. Immutable; executed and undone
 * on the control thread.
 */
public interface Attachment {
    /**
     * Attaches.
     *
     * @return undoes it when closed: no program is started through it any more, those that run may still be running. A
     *     {@code BpfLink} where there is one: slow ones are closed together; an {@link Attached} where there are several
     * @throws TetragonException if that is not possible here; a {@code BpfException} will do as well
     */
    AutoCloseable attach(BpfObject object) throws TetragonException;

    /** Returns what is attached to what, in a few words for errors. */
    String description();

    /** Attaches a program as its section says. */
    static Attachment ofSection(String program) {
        return new Attachment() {
            @Override
            public AutoCloseable attach(BpfObject object) {
                return object.program(program).attach();
            }

            @Override
            public String description() {
                return "program " + program;
            }
        };
    }
}
