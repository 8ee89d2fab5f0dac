// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pins of one policy, or of one sensor that belongs to none. It has another name until it is complete, so that nobody
 * takes the half of a policy for the whole, whenever the agent is killed. Used by the control thread.
 */
public final class PinFolder {
    /** Of an agent that pins nothing. */
    public static final PinFolder NONE = new PinFolder(null, "", "");

    private static final Log LOG = Log.of(PinFolder.class);

    private final @Nullable Path parent;
    private final String name;
    private final String owner;
    private final Set<Path> made = new HashSet<>();
    private @Nullable Path current;
    private int count;

    /**
     * @param parent where the folder will be, which is made if need be; null for no pins at all
     * @param name of the folder
     * @param owner for messages
     */
    PinFolder(@Nullable Path parent, String name, String owner) {
        this.parent = parent;
        this.name = name;
        this.owner = owner;
    }

    /** Tells whether anything is pinned here at all. */
    public boolean pins() {
        return parent != null;
    }

    /**
     * Pins a link. Where the kernel cannot pin this kind, a warning says that the hook ends with the agent.
     *
     * @param sensor whose link it is, empty where the folder is the sensor's
     */
    public void pin(String sensor, BpfLink link) throws TetragonException {
        try {
            link.pin(next(sensor, link.hook()));
        } catch (BpfException e) {
            if (!e.errnoName().equals("EINVAL") && !e.errnoName().equals("EBADF")) {
                throw failed(e);
            }
            cannot(link.hook(), "this kernel cannot pin this kind of link (perf events from Linux 5.15 on)");
        }
    }

    /** Pins a map that is emptied by the kernel when nobody but programs holds it. */
    public void pin(String sensor, BpfMap map) throws TetragonException {
        try {
            map.pin(next(sensor, map.name()));
        } catch (BpfException e) {
            throw failed(e);
        }
    }

    /** Warns that a hook ends with the agent. */
    public void cannot(String hook, String reason) {
        if (parent != null) {
            LOG.warn("hook ends with the agent although sensors are kept", "owner", owner, "hook", hook, "reason",
                    reason);
        }
    }

    /** Everything is pinned. */
    public void complete() throws TetragonException {
        Path unfinished = current;
        if (unfinished == null || parent == null) {
            return;
        }
        try {
            Path finished = parent.resolve(name);
            PinTree.remove(finished);
            Files.move(unfinished, finished);
            current = finished;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Removes the pins: what only they held is detached. */
    public void remove() {
        Path there = current;
        current = null;
        made.clear();
        if (there == null) {
            return;
        }
        try {
            PinTree.remove(there);
        } catch (IOException e) {
            LOG.error("pins cannot be removed, so programs stay attached", "owner", owner, "path", there, "reason",
                    e.toString(), "remedy", "rm -r " + there);
        }
    }

    private Path next(String sensor, String what) throws TetragonException {
        Path folder = directory();
        Path to = sensor.isEmpty() ? folder : folder.resolve(PinNames.escape(sensor));
        if (!to.equals(folder) && made.add(to)) {
            BpfFs.createDirectory(to);
        }
        return to.resolve(PinNames.pin(count++, what));
    }

    private Path directory() throws TetragonException {
        Path known = current;
        if (known != null) {
            return known;
        }
        if (parent == null) {
            throw new IllegalStateException("this agent pins nothing");
        }
        Path unfinished = parent.resolve(PinNames.UNFINISHED + name);
        try {
            if (!BpfFs.isDirectory(parent)) {
                BpfFs.createDirectory(parent);
            }
            PinTree.remove(unfinished);
            BpfFs.createDirectory(unfinished);
        } catch (BpfException e) {
            throw failed(e);
        } catch (IOException e) {
            throw failed(e);
        }
        current = unfinished;
        return unfinished;
    }

    private TetragonException failed(Exception e) {
        String why = e instanceof BpfException bpf ? bpf.operation() + ": " + bpf.reason() : e.toString();
        return new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "pin the programs of " + owner, why,
                "correct that, or start without --keep-sensors-on-exit", e);
    }
}
