// SPDX-License-Identifier: Apache-2.0
/** The gRPC server: events, sensors and the state of the agent, on TCP and on a Unix domain socket. */
@Export
@Version("0.1.0")
@NullMarked
package io.tetragon.grpc;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
