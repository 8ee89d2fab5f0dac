// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/**
 * Compiles every {@code NAME.bpf.c} of a folder to {@code NAME.bpf.o} with clang, and generates Java constants for the
 * structs and enumerations both sides share from the type information (BTF) of the objects.
 *
 * <p>A struct is in an object's type information only when something in it uses the struct: a map's value, a
 * variable, a program's local. For a record that is filled through a bare pointer, add a dummy global:
 * <pre>{@code struct msg_exit *unused_msg_exit __attribute__((unused));}</pre>
 *
 * <pre>{@code
 * <configuration>
 *   <includes><include>${maven.multiModuleProjectDirectory}/bpf/src/main/resources/include</include></includes>
 *   <package>org.example.sensor.internal.abi</package>
 *   <records><record><struct>msg_exit</struct><className>ExitRecord</className></record></records>
 *   <enums><enum><name>msg_ops</name><className>MsgOps</className></enum></enums>
 * </configuration>
 * }</pre>
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.GENERATE_SOURCES, threadSafe = true)
public final class CompileMojo extends AbstractMojo {
    @Parameter(defaultValue = "${project}", readonly = true, required = true)
    private @Nullable MavenProject project;

    /** Folder of the sources; only files directly in it that end in {@code .bpf.c} are compiled. */
    @Parameter(defaultValue = "${project.basedir}/src/main/bpf", required = true)
    private @Nullable File sourceDirectory;

    /** Folder of the objects. */
    @Parameter(defaultValue = "${project.build.outputDirectory}/bpf", required = true)
    private @Nullable File outputDirectory;

    /** Dependency files and command lines, kept between builds. */
    @Parameter(defaultValue = "${project.build.directory}/bpf", required = true)
    private @Nullable File stateDirectory;

    /** Root of the generated Java sources. */
    @Parameter(defaultValue = "${project.build.directory}/generated-sources/bpf", required = true)
    private @Nullable File generatedDirectory;

    /** Where headers are looked for, in this order, after the source folder. */
    @Parameter
    private List<File> includes = new ArrayList<>();

    /** Java package of the generated classes; also understood as {@code <package>}. */
    @Parameter(alias = "package")
    private @Nullable String packageName;

    /** Structs to generate a class of offsets for. */
    @Parameter
    private List<RecordSpec> records = new ArrayList<>();

    /** Enumerations to generate a class of constants for. */
    @Parameter
    private List<EnumSpec> enums = new ArrayList<>();

    /** Further options for clang. */
    @Parameter
    private List<String> compilerArgs = new ArrayList<>();

    /** Target architecture as libbpf's headers spell it. */
    @Parameter(property = "bpf.arch", defaultValue = "x86")
    private String arch = "x86";

    /** Name or path of clang. */
    @Parameter(property = "bpf.clang", defaultValue = "clang")
    private String clang = "clang";

    /** Name or path of llvm-strip, which removes DWARF from the objects; without one they are only larger. */
    @Parameter(property = "bpf.llvmStrip", defaultValue = "llvm-strip")
    private String llvmStrip = "llvm-strip";

    /** Paths below this folder are written relative to it, so that objects do not tell where they were built. */
    @Parameter(defaultValue = "${maven.multiModuleProjectDirectory}")
    private @Nullable File rootDirectory;

    /** Maven creates the goal. */
    public CompileMojo() {
        super();
    }

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        try {
            List<Path> objects = compileAll();
            if (!records.isEmpty() || !enums.isEmpty()) {
                generate(objects);
            }
        } catch (BuildException e) {
            throw new MojoFailureException(e.getMessage());
        } catch (IOException e) {
            throw new MojoExecutionException("cannot write the BPF objects: " + e, e);
        }
    }

    private List<Path> compileAll() throws IOException, BuildException {
        List<Path> sources = sources();
        if (sources.isEmpty()) {
            getLog().info("No *.bpf.c in " + sourceDirectory);
            return List.of();
        }
        Path base = set(project).getBasedir().toPath();
        BpfCompiler compiler = new BpfCompiler(Toolchain.find(clang, llvmStrip), base,
                set(stateDirectory).toPath(), options(base));
        List<Path> objects = new ArrayList<>();
        int compiled = 0;
        for (Path source : sources) {
            Path object = set(outputDirectory).toPath().resolve(BpfCompiler.stem(source) + BpfCompiler.OBJECT_SUFFIX);
            compiled += compiler.compile(source, object) ? 1 : 0;
            objects.add(object);
        }
        getLog().info("Compiled " + compiled + " of " + sources.size() + " BPF sources");
        return objects;
    }

    private List<Path> sources() throws IOException {
        Path folder = set(sourceDirectory).toPath();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(BpfCompiler.SOURCE_SUFFIX)).sorted().toList();
        }
    }

    private List<String> options(Path base) {
        List<Path> folders = new ArrayList<>();
        folders.add(set(sourceDirectory).toPath());
        includes.forEach(include -> folders.add(include.toPath()));
        Path root = rootDirectory == null ? base : rootDirectory.toPath();
        List<String> options = BpfCompiler.standardOptions(arch, root, folders);
        options.addAll(compilerArgs);
        return options;
    }

    private void generate(List<Path> objects) throws IOException, BuildException {
        if (packageName == null || packageName.isBlank()) {
            throw new BuildException("<package> must name the Java package of the generated <records> and <enums>");
        }
        Path target = set(generatedDirectory).toPath();
        ConstantsGenerator generator = new ConstantsGenerator(objects, packageName, target);
        for (RecordSpec spec : records) {
            generator.record(spec);
        }
        for (EnumSpec spec : enums) {
            generator.enumeration(spec);
        }
        set(project).addCompileSourceRoot(target.toString());
    }

    private static <T> T set(@Nullable T parameter) {
        if (parameter == null) {
            throw new IllegalStateException("Maven did not set a required parameter");
        }
        return parameter;
    }
}
