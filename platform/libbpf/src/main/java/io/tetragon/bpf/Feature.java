// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * Whether the running kernel can do something.
 *
 * @param reason why not, in plain words; empty when it is available
 */
public record Feature(String name, boolean available, String reason) {
}
