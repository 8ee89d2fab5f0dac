// SPDX-License-Identifier: Apache-2.0

/** The generic hook engine: from a hook of a policy to a configured program, and from its records to events. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.hooks;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
