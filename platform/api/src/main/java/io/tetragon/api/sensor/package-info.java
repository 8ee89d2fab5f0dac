// SPDX-License-Identifier: Apache-2.0
/** What a sensor bundle implements and what it is given. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api.sensor;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
