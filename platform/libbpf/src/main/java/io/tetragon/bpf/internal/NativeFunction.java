// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Function;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Type;
import java.util.Arrays;

/**
 * A C function whose parameters and result are integers or pointers.
 *
 * <p>Called through jffi, the layer below jnr-ffi: binding an interface with jnr-ffi generates classes at start
 * (0.24 CPU seconds for six methods, 0.10 this way). On the 64-bit ABIs of Linux an integer of any width travels in a
 * whole register or stack slot, so every parameter is passed as a long; a result narrower than a long must be
 * narrowed by the caller, since its upper half is not defined.
 */
public final class NativeFunction {
    private static final int MAX_PARAMETERS = 8;
    private static final CallContext[] CONTEXTS = new CallContext[MAX_PARAMETERS + 1];
    private static final Invoker INVOKER = Invoker.getInstance();

    static {
        for (int count = 0; count <= MAX_PARAMETERS; count++) {
            Type[] parameters = new Type[count];
            Arrays.fill(parameters, Type.SINT64);
            CONTEXTS[count] = new CallContext(Type.SINT64, parameters, CallingConvention.DEFAULT, true);
        }
    }

    private final long address;

    NativeFunction(long address) {
        this.address = address;
    }

    /** Calls the function; {@link #errno()} holds its errno until this thread's next call. */
    public long call(long... a) {
        CallContext context = CONTEXTS[a.length];
        return switch (a.length) {
            case 0 -> INVOKER.invokeN0(context, address);
            case 1 -> INVOKER.invokeN1(context, address, a[0]);
            case 2 -> INVOKER.invokeN2(context, address, a[0], a[1]);
            case 3 -> INVOKER.invokeN3(context, address, a[0], a[1], a[2]);
            case 4 -> INVOKER.invokeN4(context, address, a[0], a[1], a[2], a[3]);
            case 5 -> INVOKER.invokeN5(context, address, a[0], a[1], a[2], a[3], a[4]);
            case 6 -> INVOKER.invokeN6(context, address, a[0], a[1], a[2], a[3], a[4], a[5]);
            default -> callWide(context, a);
        };
    }

    private long callWide(CallContext context, long[] arguments) {
        HeapInvocationBuffer buffer = new HeapInvocationBuffer(context);
        for (long argument : arguments) {
            buffer.putLong(argument);
        }
        return INVOKER.invokeLong(new Function(address, context), buffer);
    }

    /** @return errno as the calling thread's last native call left it */
    public static int errno() {
        return LastError.getInstance().get();
    }
}
