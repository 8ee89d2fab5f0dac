// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.lane;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/**
 * {@code LaneMain REPORTS [CLASS...]}: runs the integration tests, or only these classes, prints a line for each test
 * as it ends and leaves XML reports in the folder REPORTS. The property {@code tetragon.it.exclude} is a tag whose
 * tests are left out. Ends with 0 when no test failed, else with 1.
 */
public final class LaneMain {
    private static final String ALL = "io.tetragon.it";

    private LaneMain() {}

    public static void main(String[] args) {
        if (args.length == 0) {
            System.err.println("usage: LaneMain REPORTS [CLASS...]");
            System.exit(2);
        }
        List<DiscoverySelector> selectors = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            selectors.add(selectClass(args[i]));
        }
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        if (selectors.isEmpty()) {
            request.selectors(selectPackage(ALL)).filters(includeClassNamePatterns(".*IT"));
        } else {
            request.selectors(selectors);
        }
        String excluded = System.getProperty("tetragon.it.exclude", "");
        if (!excluded.isEmpty()) {
            request.filters(excludeTags(excluded));
        }
        TestExecutionSummary summary = run(request.build(), Path.of(args[0]));
        summary.printFailuresTo(new PrintWriter(System.out, true), 20);
        if (summary.getTestsFoundCount() == 0) {
            System.err.println("no test found: wrong class name or class path");
            System.exit(2);
        }
        System.exit(summary.getTotalFailureCount() == 0 ? 0 : 1);
    }

    private static TestExecutionSummary run(LauncherDiscoveryRequest request, Path reports) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(
                request,
                summary,
                new LegacyXmlReportGeneratingListener(reports, new PrintWriter(System.err, true)),
                new Progress());
        return summary.getSummary();
    }

    /** So that the console of a guest that hangs says where. */
    private static final class Progress implements TestExecutionListener {
        @Override
        public void executionStarted(TestIdentifier test) {
            if (test.isTest()) {
                System.out.println("start   " + test.getDisplayName());
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            System.out.println("skipped " + test.getDisplayName() + ": " + reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (!test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                return;
            }
            String word =
                    switch (result.getStatus()) {
                        case SUCCESSFUL -> "passed ";
                        case ABORTED -> "skipped";
                        case FAILED -> "FAILED ";
                    };
            String reason = result.getThrowable()
                    .map(error -> ": " + String.valueOf(error.getMessage()).lines().findFirst().orElse(""))
                    .orElse("");
            System.out.println(word + " " + test.getDisplayName() + reason);
        }
    }
}
