// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FileWorkerTest {
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    @Test
    void runsOneTaskBehindTheOther() throws InterruptedException {
        try (FileWorker worker = new FileWorker()) {
            CountDownLatch end = new CountDownLatch(1);
            worker.submit(() -> done.add("first"));
            worker.submit(() -> {
                throw new IllegalStateException("the second fails");
            });
            worker.submit(() -> done.add("third"));
            worker.submit(end::countDown);
            end.await();
            assertEquals(List.of("first", "third"), done);
            assertFalse(worker.check(System.nanoTime() - TimeUnit.HOURS.toNanos(1)));
        }
    }

    @Test
    void goesOnBesideATaskThatIsStuck() throws InterruptedException {
        try (FileWorker worker = new FileWorker()) {
            CountDownLatch never = new CountDownLatch(1);
            stick(worker, never);
            CountDownLatch end = new CountDownLatch(1);
            worker.submit(end::countDown);
            assertTrue(worker.check(System.nanoTime()));
            end.await();
            never.countDown();
        }
    }

    @Test
    void waitsForOneToComeBackWhenTooManyAreStuck() throws InterruptedException {
        try (FileWorker worker = new FileWorker()) {
            CountDownLatch first = new CountDownLatch(1);
            CountDownLatch others = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            for (int i = 0; i < 3; i++) {
                stick(worker, i == 0 ? first : others);
                assertTrue(worker.check(System.nanoTime()));
            }
            worker.submit(end::countDown);
            assertFalse(worker.check(System.nanoTime()), "nobody runs, so nobody is stuck");
            assertEquals(1, end.getCount());

            first.countDown();
            end.await();
            others.countDown();
        }
    }

    @Test
    void doesNotBeginWhatWasWithdrawn() throws InterruptedException {
        try (FileWorker worker = new FileWorker()) {
            CountDownLatch go = new CountDownLatch(1);
            stick(worker, go);
            Runnable unwanted = () -> done.add("unwanted");
            worker.submit(unwanted);
            worker.withdraw(unwanted);
            CountDownLatch end = new CountDownLatch(1);
            worker.submit(end::countDown);
            go.countDown();
            end.await();
            assertEquals(List.of(), done);
        }
    }

    /** Returns when the task is running. */
    private static void stick(FileWorker worker, CountDownLatch until) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        worker.submit(() -> {
            begun.countDown();
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        begun.await();
    }
}
