// SPDX-License-Identifier: Apache-2.0
/** Sensor bundles that come and go, sound and broken, while the agent runs. */
@NullMarked
package io.tetragon.it.deploy;

import org.jspecify.annotations.NullMarked;
