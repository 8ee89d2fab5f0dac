// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.TetragonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Says in one line why a bundle does not work. */
final class Diagnosis {
    private static final Pattern IMPORT = Pattern.compile("\\(osgi\\.wiring\\.package=(?<name>[^)]*)\\)"
            + "(\\(version>=(?<from>[^)]*)\\))?(\\(!\\(version>=(?<below>[^)]*)\\)\\))?");

    private Diagnosis() {}

    /** Returns what a bundle that cannot be resolved lacks. */
    static String unresolved(Bundle bundle, FrameworkWiring wiring) {
        List<String> missing = new ArrayList<>();
        for (BundleRequirement requirement : bundle.adapt(BundleRevision.class).getDeclaredRequirements(null)) {
            Map<String, String> directives = requirement.getDirectives();
            boolean optional = Constants.RESOLUTION_OPTIONAL.equals(directives.get(Constants.RESOLUTION_DIRECTIVE));
            boolean later = !Constants.EFFECTIVE_RESOLVE.equals(
                    directives.getOrDefault(Constants.EFFECTIVE_DIRECTIVE, Constants.EFFECTIVE_RESOLVE));
            boolean dynamic = "dynamic".equals(directives.get(Constants.RESOLUTION_DIRECTIVE));
            if (!optional && !later && !dynamic && wiring.findProviders(requirement).isEmpty()) {
                missing.add(describe(requirement));
            }
        }
        // Everything it names is there, so it is another bundle, on which this one depends, that lacks something.
        return missing.isEmpty() ? "a bundle that it needs cannot be resolved" : "missing " + String.join(", ", missing);
    }

    private static String describe(BundleRequirement requirement) {
        String filter = String.valueOf(requirement.getDirectives().get(Constants.FILTER_DIRECTIVE));
        return requirement.getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE)
                ? "import " + importOf(filter)
                : requirement.getNamespace() + " " + filter;
    }

    /** Turns {@code (&(osgi.wiring.package=a.b)(version>=1.0)(!(version>=2.0)))} into {@code a.b version [1.0,2.0)}. */
    private static String importOf(String filter) {
        Matcher matcher = IMPORT.matcher(filter);
        if (!matcher.find()) {
            return filter;
        }
        String name = matcher.group("name");
        String from = matcher.group("from");
        String below = matcher.group("below");
        if (from == null) {
            return name;
        }
        return name + (below == null ? " version " + from : " version [" + from + "," + below + ")");
    }

    /** Returns why components of a started bundle do not work, or an empty string. */
    static String components(Bundle bundle, BundleContext context) {
        ServiceReference<ServiceComponentRuntime> reference = context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return "declarative services are not running";
        }
        List<String> reasons = new ArrayList<>();
        for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
            for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(component)) {
                String reason = reason(component, configuration);
                if (!reason.isEmpty()) {
                    reasons.add("component " + component.name + ": " + reason);
                }
            }
        }
        context.ungetService(reference);
        return String.join("; ", reasons);
    }

    private static String reason(ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
            return lastCause(configuration.failure);
        }
        List<String> missing = new ArrayList<>();
        for (UnsatisfiedReferenceDTO reference : configuration.unsatisfiedReferences) {
            for (ReferenceDTO declared : component.references) {
                if (declared.name.equals(reference.name)) {
                    missing.add("there is no service " + declared.interfaceName);
                }
            }
        }
        return String.join(", ", missing);
    }

    /** Returns the innermost cause named in the text of a stack trace. */
    private static String lastCause(@Nullable String trace) {
        String cause = "failed";
        for (String line : String.valueOf(trace).lines().toList()) {
            if (cause.equals("failed") && !line.isBlank()) {
                cause = line.strip();
            } else if (line.startsWith("Caused by: ")) {
                cause = line.substring("Caused by: ".length()).strip();
            }
        }
        return cause;
    }

    /** Returns the innermost message of an exception of the framework. */
    static String reason(Throwable failure) {
        Throwable inner = failure;
        while (inner.getCause() != null && inner.getCause() != inner) {
            inner = inner.getCause();
        }
        String message = inner.getMessage();
        if (message == null || message.isBlank()) {
            return inner.getClass().getSimpleName();
        }
        boolean speaks = inner instanceof BundleException || inner instanceof io.tetragon.api.TetragonException;
        return (speaks ? message : inner.getClass().getSimpleName() + ": " + message).replace('\n', ' ');
    }
}
