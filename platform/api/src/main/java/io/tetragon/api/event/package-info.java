// SPDX-License-Identifier: Apache-2.0
/** Events and the writers that turn them into JSON lines and protobuf bytes. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
