// SPDX-License-Identifier: Apache-2.0
/** Processes as the platform knows them, and the table that sensors fill and query. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api.process;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
