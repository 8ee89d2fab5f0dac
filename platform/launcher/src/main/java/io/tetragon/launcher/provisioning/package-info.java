// SPDX-License-Identifier: Apache-2.0
/** The OSGi framework inside the agent, and the bundles that come and go in its folders. */
@NullMarked
package io.tetragon.launcher.provisioning;

import org.jspecify.annotations.NullMarked;
