// SPDX-License-Identifier: Apache-2.0
/** What an exporter implements to receive events, and the accounts kept of each receiver. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.api.listener;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
