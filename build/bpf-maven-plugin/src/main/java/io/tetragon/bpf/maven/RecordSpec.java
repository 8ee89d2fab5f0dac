// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

/** A {@code <record>} of the configuration: a C struct and the class to generate for it. */
public final class RecordSpec {
    private String struct = "";
    private String className = "";

    /** @param struct tag of the C struct, or a typedef of it */
    public void setStruct(String struct) {
        this.struct = struct;
    }

    /** @param className simple name of the generated class */
    public void setClassName(String className) {
        this.className = className;
    }

    String struct() {
        return struct;
    }

    String className() {
        return className;
    }
}
