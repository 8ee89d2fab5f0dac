// SPDX-License-Identifier: Apache-2.0

/** From the records of the generic hook programs to events. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.hooks.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
