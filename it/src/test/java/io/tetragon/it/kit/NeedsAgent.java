// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test class that runs a real agent: skipped, with the reason, where that cannot be; see {@link Agents}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AgentExtension.class)
public @interface NeedsAgent {}
