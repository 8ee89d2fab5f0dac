// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.event;

/**
 * Where in its binary a uprobe sits, as events say it. Immutable.
 *
 * @param symbol the function's name, empty where the policy has none
 * @param offset bytes from the start of the symbol, or of the file where there is no symbol; 0 is not shown
 * @param refCtrOffset file offset of the reference counter, 0 for none
 */
public record UprobePlace(String symbol, long offset, long refCtrOffset) {}
