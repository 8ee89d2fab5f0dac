// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import java.io.File;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;

/**
 * A file in one of the folders and what became of it. The deploying thread changes it; the claim alone is for any thread.
 *
 * <p>Starting or stopping a bundle waits for the control thread (its sensor is attached or detached there), and the control
 * thread starts and uninstalls bundles itself. The framework locks a bundle meanwhile, so two threads at one bundle would wait
 * for each other for ever. Hence the claim: the deploying thread waits for it, the control thread never does.
 */
final class Deployment {
    /** What the holder of the claim does with the bundle. */
    enum Claim {
        FREE,
        STARTING,
        STOPPING
    }

    final File file;
    @Nullable Bundle bundle;
    List<Announcement> announcements = List.of();
    /** Why it does not work, or empty. */
    String failure = "";
    /** The names under which the sensor manager lists it at the moment. */
    List<String> shown = List.of();
    /** Whether the file is sound, so that a failure to install it can only be the fault of another bundle there. */
    boolean conflicts;
    /** Whether it runs as long as its file is there. */
    volatile boolean always;
    /** The sensors for which the sensor manager wants it to run. */
    final Set<String> startedFor = ConcurrentHashMap.newKeySet();
    /** Whether it was stopped only to be wired anew. */
    boolean restart;
    private Claim claim = Claim.FREE;

    Deployment(File file) {
        this.file = file;
    }

    /** Returns symbolic name and version of the bundle, or the name of the file. */
    String label() {
        Bundle known = bundle;
        return known == null ? file.getName() : known.getSymbolicName() + " " + known.getVersion();
    }

    /** Returns the names under which this is known: its sensors, or the file when it has none. */
    List<String> names() {
        return announcements.isEmpty()
                ? List.of(file.getName())
                : announcements.stream().map(Announcement::sensor).toList();
    }

    /** Waits until nobody else starts or stops the bundle. For the deploying thread. */
    synchronized void claim(Claim wanted) {
        boolean interrupted = false;
        while (claim != Claim.FREE) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        claim = wanted;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes the claim if it is free and returns what was going on before. For the control thread. */
    synchronized Claim tryClaim(Claim wanted) {
        Claim before = claim;
        if (before == Claim.FREE) {
            claim = wanted;
        }
        return before;
    }

    synchronized void release() {
        claim = Claim.FREE;
        notifyAll();
    }
}
