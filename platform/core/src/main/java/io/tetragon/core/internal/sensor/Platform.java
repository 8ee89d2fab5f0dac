// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.event.MonotonicClock;
import io.tetragon.core.internal.event.Pipeline;
import io.tetragon.core.internal.event.RingReader;
import io.tetragon.core.internal.pin.Pins;

/** What loaded sensors stand on. */
public record Platform(
        Settings settings,
        Node node,
        KernelFeatures kernel,
        SharedMaps maps,
        RingReader reader,
        ProcessCache processes,
        Pipeline pipeline,
        MonotonicClock clock,
        Losses losses,
        Pins pins) {}
