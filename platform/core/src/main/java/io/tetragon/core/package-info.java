// SPDX-License-Identifier: Apache-2.0
/** The parts of the agent that the launcher puts together: ring reader, process cache, event bus, sensor and policy manager. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.core;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
