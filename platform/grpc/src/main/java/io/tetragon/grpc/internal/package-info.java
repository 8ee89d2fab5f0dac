// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.tetragon.grpc.internal;

import org.jspecify.annotations.NullMarked;
