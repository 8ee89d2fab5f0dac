// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import static io.tetragon.policy.internal.schema.Field.of;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.schema.FieldType.Flag;
import io.tetragon.policy.internal.schema.FieldType.Foreign;
import io.tetragon.policy.internal.schema.FieldType.Group;
import io.tetragon.policy.internal.schema.FieldType.ListOf;
import io.tetragon.policy.internal.schema.FieldType.MapOf;
import io.tetragon.policy.internal.schema.FieldType.Text;
import io.tetragon.policy.internal.schema.FieldType.Whole;
import io.tetragon.policy.internal.schema.FieldType.Words;
import io.tetragon.policy.model.PolicyKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every field of a policy, its type and whether it is required: the one place that knows. */
final class PolicySchema {
    private static final Text TEXT = new Text();
    private static final Flag FLAG = new Flag();
    private static final Whole UINT31 = new Whole(0, Integer.MAX_VALUE);
    private static final Whole INT32 = new Whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
    private static final Whole UINT63 = new Whole(0, Long.MAX_VALUE);

    static final ObjectSchema LABEL_SELECTOR = ObjectSchema.of("a label selector",
            of("matchLabels", new MapOf(TEXT)),
            of("matchExpressions", listOf(ObjectSchema.of("a match expression",
                    of("key", TEXT).must(),
                    of("operator", words("In", "NotIn", "Exists", "DoesNotExist")).must(),
                    of("values", new ListOf(TEXT, 0))))));

    private static final ObjectSchema WORKLOADS = ObjectSchema.of("matchWorkloads",
            of("podSelector", new Group(LABEL_SELECTOR)).orNull(),
            of("containerSelector", new Group(LABEL_SELECTOR)).orNull(),
            of("hostSelector", new Group(LABEL_SELECTOR)).orNull());

    private static final ObjectSchema ARGUMENT = ObjectSchema.of("an argument",
            of("index", UINT31).must(),
            of("type", new Words(SchemaWords.ARGUMENT_TYPES, false)),
            of("label", TEXT),
            of("sizeArgIndex", UINT31),
            of("returnCopy", FLAG),
            of("maxData", FLAG),
            of("resolve", TEXT),
            of("source", words("current_task", "pt_regs")),
            of("btfType", TEXT),
            of("btfTypeModule", TEXT));

    private static final ObjectSchema ARGUMENT_FILTER = ObjectSchema.of("an argument filter",
            of("index", UINT31),
            of("args", new ListOf(UINT31, 0)),
            of("operator", new Words(SchemaWords.FILTER_OPERATORS, true)).must(),
            of("values", new ListOf(TEXT, 0)));

    private static final ObjectSchema BINARY_FILTER = ObjectSchema.of("a binary filter",
            of("operator", new Words(SchemaWords.BINARY_OPERATORS, true)).must(),
            of("values", new ListOf(TEXT, 0)).must(),
            of("followChildren", FLAG));

    private static final ObjectSchema PID_FILTER = ObjectSchema.of("a PID filter",
            of("operator", inOrNot()).must(),
            of("values", new ListOf(UINT31, 0)).must(),
            of("isNamespacePID", FLAG),
            of("followForks", FLAG));

    private static final ObjectSchema NAMESPACE_FILTER = ObjectSchema.of("a namespace filter",
            of("namespace", new Words(SchemaWords.NAMESPACES, false)).must(),
            of("operator", inOrNot()).must(),
            of("values", new ListOf(TEXT, 0)).must());

    private static final ObjectSchema NAMESPACE_CHANGE_FILTER = ObjectSchema.of("a namespace change filter",
            of("operator", inOrNot()).must(),
            of("values", new ListOf(new Words(SchemaWords.NAMESPACES, false), 0)).must());

    private static final ObjectSchema CAPABILITY_FILTER = ObjectSchema.of("a capability filter",
            of("type", words("Effective", "Inheritable", "Permitted")),
            of("operator", inOrNot()).must(),
            of("isNamespaceCapability", FLAG),
            of("values", new ListOf(TEXT, 0)).must());

    private static final ObjectSchema ACTION = ObjectSchema.of("an action",
            of("action", new Words(SchemaWords.ACTIONS, false)).must(),
            of("argError", INT32),
            of("argSig", INT32),
            of("argUrl", TEXT),
            of("argFqdn", TEXT),
            of("argSock", INT32),
            of("argIndex", INT32),
            of("argValue", INT32),
            of("argRegs", new ListOf(TEXT, 0)),
            of("argNewSymbol", TEXT),
            of("argNewAddr", UINT63),
            of("argNewOffset", UINT63),
            of("rateLimit", TEXT),
            of("rateLimitScope", TEXT),
            of("kernelStackTrace", FLAG),
            of("stackTrace", FLAG).replacedBy("kernelStackTrace"),
            of("userStackTrace", FLAG),
            of("imaHash", FLAG),
            of("argFd", INT32),
            of("argName", INT32));

    static final ObjectSchema SELECTOR = ObjectSchema.of("a selector",
            of("label", TEXT),
            of("macros", new ListOf(TEXT, 0)),
            of("matchPIDs", listOf(PID_FILTER)),
            of("matchArgs", listOf(ARGUMENT_FILTER)),
            of("matchData", listOf(ARGUMENT_FILTER)),
            of("matchReturnArgs", listOf(ARGUMENT_FILTER)),
            of("matchBinaries", listOf(BINARY_FILTER)),
            of("matchParentBinaries", listOf(BINARY_FILTER)),
            of("matchNamespaces", listOf(NAMESPACE_FILTER)),
            of("matchNamespaceChanges", listOf(NAMESPACE_CHANGE_FILTER)),
            of("matchCapabilities", listOf(CAPABILITY_FILTER)),
            of("matchCapabilityChanges", listOf(CAPABILITY_FILTER)),
            of("matchWorkloads", new Group(WORKLOADS)),
            of("matchActions", listOf(ACTION)),
            of("matchReturnActions", listOf(ACTION)));

    private static final ObjectSchema KPROBE = function("a kprobe");
    private static final ObjectSchema FENTRY = function("an fentry");

    private static final ObjectSchema TRACEPOINT = hook("a tracepoint",
            of("subsystem", TEXT).must(),
            of("event", TEXT).must(),
            of("raw", FLAG));

    private static final ObjectSchema UPROBE = hook("a uprobe",
            of("path", TEXT).must(),
            of("btfPath", TEXT),
            of("symbols", new ListOf(TEXT, 0)),
            of("symbol", TEXT).replacedBy("symbols"),
            of("offsets", new ListOf(UINT63, 0)),
            of("addrs", new ListOf(UINT63, 0)),
            of("refCtrOffsets", new ListOf(UINT63, 0)),
            of("binaryDigests", new ListOf(TEXT, 0)),
            of("data", listOf(ARGUMENT)),
            of("return", FLAG),
            of("returnArg", new Group(ARGUMENT)),
            of("ignore", new Group(ObjectSchema.of("ignore of a uprobe", of("digestVerificationFailure", FLAG)))));

    private static final ObjectSchema USDT = hook("a USDT probe",
            of("path", TEXT).must(),
            of("btfPath", TEXT),
            of("provider", TEXT).must(),
            of("name", TEXT).must());

    private static final ObjectSchema LSM = hook("an LSM hook", of("hook", TEXT).must());

    private static final ObjectSchema LIST = ObjectSchema.of("a list",
            of("name", TEXT).must(),
            of("type", words("", "syscalls", "generated_syscalls", "generated_ftrace")),
            of("values", new ListOf(TEXT, 0)),
            of("pattern", TEXT),
            of("validated", FLAG));

    private static final ObjectSchema SPEC = ObjectSchema.of("spec",
            of("kprobes", listOf(KPROBE)),
            of("fentries", listOf(FENTRY)),
            of("tracepoints", listOf(TRACEPOINT)),
            of("uprobes", listOf(UPROBE)),
            of("usdts", listOf(USDT)),
            of("lsmhooks", listOf(LSM)),
            of("loader", FLAG),
            of("lists", listOf(LIST)),
            of("options", listOf(ObjectSchema.of("an option", of("name", TEXT).must(), of("value", TEXT)))),
            of("enforcers", listOf(ObjectSchema.of("an enforcer", of("calls", new ListOf(TEXT, 0)).must()))),
            of("killers", listOf(ObjectSchema.of("a killer", of("syscalls", new ListOf(TEXT, 0)).must())))
                    .replacedBy("enforcers"),
            of("selectorsMacros", new MapOf(new Group(SELECTOR))),
            of("podSelector", new Group(LABEL_SELECTOR)).orNull(),
            of("containerSelector", new Group(LABEL_SELECTOR)).orNull(),
            of("hostSelector", new Group(LABEL_SELECTOR)).orNull(),
            of("nodeSelector", new Group(LABEL_SELECTOR)).orNull());

    private static final ObjectSchema METADATA = ObjectSchema.of("metadata",
            of("name", TEXT).must(),
            of("namespace", TEXT).orNull(),
            of("labels", new MapOf(TEXT)).orNull(),
            of("annotations", new MapOf(TEXT)).orNull(),
            of("generateName", new Foreign()),
            of("selfLink", new Foreign()),
            of("uid", new Foreign()),
            of("resourceVersion", new Foreign()),
            of("generation", new Foreign()),
            of("creationTimestamp", new Foreign()),
            of("deletionTimestamp", new Foreign()),
            of("deletionGracePeriodSeconds", new Foreign()),
            of("ownerReferences", new Foreign()),
            of("finalizers", new Foreign()),
            of("managedFields", new Foreign()));

    static final ObjectSchema POLICY = ObjectSchema.of("a policy",
            of("apiVersion", words("cilium.io/v1alpha1")).must(),
            of("kind", words(PolicyKind.CLUSTER.word(), PolicyKind.NAMESPACED.word())).must(),
            of("metadata", new Group(METADATA)).must(),
            of("spec", new Group(SPEC)).must());

    private PolicySchema() {}

    /** What every hook has. */
    private static ObjectSchema hook(String title, Field... own) {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (Field field : own) {
            fields.put(field.name(), field);
        }
        for (Field field : List.of(
                of("args", listOf(ARGUMENT)),
                of("selectors", listOf(SELECTOR)),
                of("message", TEXT),
                of("tags", new ListOf(TEXT, Limits.TAGS)))) {
            fields.put(field.name(), field);
        }
        return new ObjectSchema(title, fields);
    }

    private static ObjectSchema function(String title) {
        return hook(title,
                of("call", TEXT).must(),
                of("syscall", FLAG),
                of("return", FLAG),
                of("data", listOf(ARGUMENT)),
                of("returnArg", new Group(ARGUMENT)),
                of("returnArgAction", TEXT),
                of("ignore", new Group(ObjectSchema.of("ignore", of("callNotFound", FLAG)))));
    }

    private static ListOf listOf(ObjectSchema schema) {
        return new ListOf(new Group(schema), 0);
    }

    private static Words words(String... words) {
        return new Words(Arrays.asList(words), false);
    }

    private static Words inOrNot() {
        return new Words(List.of("In", "NotIn"), true);
    }
}
