// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.bpf.headers.Arguments.Argument;
import io.tetragon.bpf.headers.Arguments.Subject;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths of a process's files, which are what procfs shows of them. */
class PathArgumentTest extends ArgumentReaders {
    private static final int EFAULT = -14;
    private static final int EBADF = -9;

    @ParameterizedTest
    @ValueSource(strings = {"open /", "open /dev/null", "open /proc/self/status", "open /proc", "open /usr/bin",
        "open /proc/self/ns/net", "deleted /tmp/arguments-deleted", "memfd mine", "pipe", "socket", "eventfd",
        "deep 20 200", "deep 500 7", "open /usr/bin upper"})
    void aPathIsWhatProcfsShows(String steps) throws IOException, InterruptedException {
        Arguments fd = reader("KIND_FD");
        Arguments file = reader("KIND_FILE");
        Arguments path = reader("KIND_PATH");
        assertPath(fd.read(Subject.AS_IT_IS, steps.split(" ")));
        assertPath(file.read(Subject.FILE_OF_FD, steps.split(" ")));
        assertPath(path.read(Subject.PATH_OF_FD, steps.split(" ")));
    }

    private static void assertPath(Argument path) {
        assertEquals(0, path.status());
        assertEquals(path.output(), path.string() + " " + Long.toOctalString(path.field("arg_path", "mode")));
        assertEquals(0, path.field("arg_path", "incomplete"));
    }

    @ParameterizedTest(name = "{0} has {1}")
    @CsvSource({"open /proc/self/status, /status", "open /proc, /", "open /dev/null, /null"})
    void aDentryHasThePathInItsFileSystem(String steps, String end) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_DENTRY");
        Argument dentry = arguments.read(Subject.DENTRY_OF_FD, steps.split(" "));
        assertEquals(0, dentry.status());
        assertTrue(dentry.string().endsWith(end), dentry.string());
        assertEquals('/', dentry.string().charAt(0));
    }

    @ParameterizedTest(name = "{0} folders with names of {1} bytes")
    @CsvSource({"2000, 2", "20, 255", "41, 99"})
    void aPathThatIsTooLongKeepsItsEnd(int count, int length) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_FD");
        Argument path = arguments.read(Subject.AS_IT_IS, "deep", "" + count, "" + length);
        assertEquals(0, path.status());
        assertEquals(1, path.field("arg_path", "incomplete"));
        String component = "/" + "d".repeat(length);
        assertEquals(component.repeat((Arguments.LIMIT - 1) / component.length()), path.string());
    }

    @ParameterizedTest
    @ValueSource(strings = {"9999", "0x7fffffff", "0x80000000", "0xffffffff", "0xffffffffffffff9c"})
    void aNumberWithoutAFileIsAnError(String fd) throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_FD");
        assertEquals(EBADF, arguments.read(Subject.AS_IT_IS, "value", fd).status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"KIND_FILE", "KIND_PATH", "KIND_DENTRY", "KIND_KIOCB", "KIND_LINUX_BINPRM", "KIND_SOCK",
        "KIND_SOCKET", "KIND_SKB", "KIND_CRED", "KIND_USER_NAMESPACE", "KIND_BPF_MAP", "KIND_BPF_PROG",
        "KIND_PERF_EVENT", "KIND_NET_DEVICE", "KIND_FILENAME", "KIND_IOV_ITER"})
    void whatIsNoKernelAddressIsAnError(String kind) throws IOException, InterruptedException {
        Arguments arguments = reader(kind);
        for (String address : new String[] {"0", "8", "4096", "0x7fffffffffff"}) {
            assertEquals(EFAULT, arguments.read(Subject.AS_IT_IS, "value", address).status(), address);
        }
        // nothing is there, which is an error or reads as zeros
        for (String address : new String[] {"0x8000000000000000", "0xffff800000000000", "0xffffffffffffffff"}) {
            assertTrue(arguments.read(Subject.AS_IT_IS, "value", address).text().length == 0, address);
        }
    }
}
