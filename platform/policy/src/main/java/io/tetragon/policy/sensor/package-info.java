// SPDX-License-Identifier: Apache-2.0

/** What a sensor that serves sections of policies implements. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.policy.sensor;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
