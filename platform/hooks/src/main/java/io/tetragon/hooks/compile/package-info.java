// SPDX-License-Identifier: Apache-2.0

/** From a hook of a policy to the configuration of a generic hook program and the contents of its maps. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.hooks.compile;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
