// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

/** An {@code <enum>} of the configuration: a C enumeration and the class to generate for it. */
public final class EnumSpec {
    private String name = "";
    private String className = "";

    /** @param name tag of the C enumeration */
    public void setName(String name) {
        this.name = name;
    }

    /** @param className simple name of the generated class */
    public void setClassName(String className) {
        this.className = className;
    }

    String name() {
        return name;
    }

    String className() {
        return className;
    }
}
