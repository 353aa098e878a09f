package io.godwit.it.fuzz;

import com.code_intelligence.jazzer.Jazzer;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Jazzer, in a process that has the modules' classes and those of their tests on its class path. Works and logs in a directory
 * below the tree's {@code target/fuzz}, and leaves the inputs of its findings there.
 */
final class Fuzzer {
    /** Only what the readers themselves may take: they are given inputs of some kilobytes. */
    private static final String HEAP = "-Xmx512m";
    private static final int RSS_LIMIT_MIB = 2500;
    private static final int INPUT_LIMIT_SECONDS = 60;
    /** For the start of the JVM and the corpus, and to notice an input without end. */
    private static final int PATIENCE_SECONDS = 300;
    private static final Pattern WRITTEN = Pattern.compile("Test unit written to (.+)");
    private static final Pattern END = Pattern.compile("#(\\d+)\\s+DONE\\s+cov: (\\d+)");
    private static final Pattern THROWN = Pattern.compile("== Java Exception: .*(?:\\R\\s+at .*){0,8}");

    private final String name;
    private final String className;
    private final Path directory;

    Fuzzer(String name, String className) {
        this.name = name;
        this.className = className;
        directory = Tree.root().resolve("target/fuzz").resolve(name);
    }

    /** How it ended: 0 when nothing was found. */
    record Result(int status, String log, String name) {

        /** The input that it found, in a file. */
        Optional<Path> finding() {
            return first(WRITTEN).map(found -> Path.of(found.group(1)));
        }

        /** Places in the code that inputs have come to; empty when it was broken off. */
        Optional<Integer> coverage() {
            return first(END).map(end -> Integer.valueOf(end.group(2)));
        }

        private Optional<Matcher> first(Pattern pattern) {
            Matcher matcher = pattern.matcher(log);
            return matcher.find() ? Optional.of(matcher) : Optional.empty();
        }

        /** One line, or for a finding what was thrown and how to see it again. */
        String summary() {
            if (status == 0) {
                return "fuzz %s: %s".formatted(name, first(END)
                        .map(end -> end.group(1) + " runs, " + end.group(2) + " places reached")
                        .orElse("nothing found"));
            }
            String thrown = first(THROWN).map(Matcher::group).orElse("ended with status " + status);
            return "fuzz %s: %s%n%s".formatted(name, thrown, finding().map(
                    input -> "again: packaging/run fuzz --target %s --input %s".formatted(name, input)).orElse(log));
        }
    }

    /** Where what was learnt in earlier runs is kept. */
    Path learnt() {
        return directory.resolve("corpus");
    }

    /**
     * Makes inputs out of those in {@code learnt}, to which it adds, and in {@code seeds}, all of which it tries first.
     *
     * @param options libFuzzer's
     */
    Result fuzz(int seconds, Path learnt, Path seeds, String... options) {
        var arguments = new ArrayList<>(List.of("-max_total_time=" + seconds, "-dict=" + dictionary()));
        arguments.addAll(List.of(options));
        try {
            Files.createDirectories(learnt);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        arguments.addAll(List.of(learnt.toString(), seeds.toString()));
        return run(seconds, arguments);
    }

    /** Tries one input. */
    Result tryOut(Path input) {
        return run(0, List.of(input.toString()));
    }

    private static Path dictionary() {
        return corpus().resolve("words.dict");
    }

    /** What is in the tree: a directory for each target. */
    static Path corpus() {
        return Tree.root().resolve("integration-tests/src/test/fuzz");
    }

    private Result run(int seconds, List<String> arguments) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), HEAP,
                "-XX:+EnableDynamicAgentLoading", "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", "-cp", classPath(), Jazzer.class.getName(),
                "--target_class=" + className, "--instrumentation_includes=io.godwit.**",
                "--custom_hook_includes=io.godwit.**", "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.*",
                "--reproducer_path=" + directory, "-artifact_prefix=" + directory + "/",
                "-rss_limit_mb=" + RSS_LIMIT_MIB, "-timeout=" + INPUT_LIMIT_SECONDS));
        command.addAll(arguments);
        Path log = directory.resolveSibling(name + ".log");
        try {
            Files.createDirectories(directory);
            Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
                    .redirectOutput(log.toFile()).start();
            int status = status(process, seconds + PATIENCE_SECONDS);
            return new Result(status, Files.readString(log, StandardCharsets.ISO_8859_1), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int status(Process process, int seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new AssertionError("the fuzzer has not ended after " + seconds + " seconds");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String classPath() {
        var path = new ArrayList<Path>();
        for (String module : List.of("protocol", "engine", "daemon")) {
            path.add(existing(Tree.root().resolve(module).resolve("target/test-classes")));
        }
        try (var staged = Files.list(existing(Tree.root().resolve("packaging/target/app")))) {
            staged.forEach(path::add);
            path.add(origin(Fuzzer.class));
            path.add(origin(Jazzer.class));
            path.add(origin(Class.forName("com.code_intelligence.jazzer.api.FuzzedDataProvider")));
        } catch (IOException | ClassNotFoundException e) {
            throw new AssertionError("class path of the fuzzer", e);
        }
        return path.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    private static Path existing(Path path) {
        if (!Files.isDirectory(path)) {
            throw new AssertionError(path + " is missing: build all modules, with their tests");
        }
        return path;
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(type + " is nowhere", e);
        }
    }
}
