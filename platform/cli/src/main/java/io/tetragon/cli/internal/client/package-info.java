// SPDX-License-Identifier: Apache-2.0
/** The connection to an agent: address, transport, TLS, retries. */
@NullMarked
package io.tetragon.cli.internal.client;

import org.jspecify.annotations.NullMarked;
