// SPDX-License-Identifier: Apache-2.0
/** A Maven plugin that compiles BPF C and derives Java constants for the structs both sides share. */
@NullMarked
package io.tetragon.bpf.maven;

import org.jspecify.annotations.NullMarked;
