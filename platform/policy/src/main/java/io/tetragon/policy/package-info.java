// SPDX-License-Identifier: Apache-2.0
/** From the YAML of a TracingPolicy to a checked model, or to every reason why it is none. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.policy;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
