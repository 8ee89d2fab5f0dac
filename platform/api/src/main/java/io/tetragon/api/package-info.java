// SPDX-License-Identifier: Apache-2.0
/** What every room of the platform shares: errors, settings and the identity of the node. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
