// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import java.nio.file.Path;

/**
 * A cgroup.
 *
 * @param id its number in the kernel, which is the inode of its folder
 * @param level how far it is below the root
 */
record Cgroup(long id, int level, Path folder) {}
