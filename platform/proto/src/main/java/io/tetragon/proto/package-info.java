// SPDX-License-Identifier: Apache-2.0
/**
 * Messages and stubs generated from the {@code .proto} files of the package {@code tetragon}, which
 * are also in this jar. Field numbers, names and types are those of the public Tetragon API.
 */
@Version("1.0.0")
@Export
package io.tetragon.proto;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
