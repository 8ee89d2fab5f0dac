// SPDX-License-Identifier: Apache-2.0
/** Structured logging: a message and its fields. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api.log;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
