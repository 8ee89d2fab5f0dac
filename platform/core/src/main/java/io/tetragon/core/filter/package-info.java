// SPDX-License-Identifier: Apache-2.0
/** Which events a listener receives, and which of their fields: filters, field masks and their JSON form. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.core.filter;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
