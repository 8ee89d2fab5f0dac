// SPDX-License-Identifier: Apache-2.0
/** What a checked TracingPolicy says: immutable records, every reference resolved. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.policy.model;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
