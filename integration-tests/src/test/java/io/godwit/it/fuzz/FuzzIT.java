package io.godwit.it.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes come, the readers do no more than they say: refuse them by the exceptions they declare, in bounded time and
 * memory, and leave nothing behind. The corpus is tried first, then for a short time what can be made of it;
 * {@code packaging/run fuzz} takes longer and goes on where it ended.
 */
class FuzzIT {
    /** As many as some seconds bear, and always the same ones; on a slow machine, as many as there is time for. */
    private static final int SHORT_RUNS = 1500;
    private static final int SHORT_SECONDS = 12;
    /** Less than any seed reaches: below it, the fuzzer does not see what its inputs do. */
    private static final int LEAST_COVERAGE = 10;

    private static final Optional<Integer> SECONDS = setting("fuzz.seconds").map(Integer::valueOf);
    private static final Optional<Path> INPUT = setting("fuzz.input").map(Path::of);

    @TempDir
    Path fresh;

    private static Optional<String> setting(String name) {
        return Optional.ofNullable(System.getProperty(name));
    }

    static Stream<Target> targets() {
        return setting("fuzz.target").map(word -> Stream.of(Target.of(word))).orElse(Stream.of(Target.values()));
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 30, unit = TimeUnit.DAYS)
    void readersRefuseWhatTheyCannotRead(Target target) {
        var fuzzer = new Fuzzer(target.word(), target.className());
        if (INPUT.isPresent()) {
            assertFoundNothing(fuzzer.tryOut(INPUT.get()));
            return;
        }
        Path seeds = Fuzzer.corpus().resolve(target.word());
        Fuzzer.Result result = SECONDS.isPresent()
                ? fuzzer.fuzz(SECONDS.get(), fuzzer.learnt(), seeds)
                : fuzzer.fuzz(SHORT_SECONDS, fresh, seeds, "-seed=1", "-runs=" + SHORT_RUNS);
        assertFoundNothing(result);
        assertThat(result.coverage()).hasValueSatisfying(places -> assertThat(places).isGreaterThan(LEAST_COVERAGE));
    }

    private static void assertFoundNothing(Fuzzer.Result result) {
        System.out.println(result.summary());
        assertThat(result.status()).as(result.summary()).isZero();
    }

    @Test
    void aFaultIsFoundAndItsInputShowsItAgain() {
        var fuzzer = new Fuzzer("falls-over", FallsOver.class.getName());

        Fuzzer.Result found = fuzzer.fuzz(120, fresh, fresh, "-seed=1");

        assertThat(found.status()).isNotZero();
        Path input = found.finding().orElseThrow();
        assertThat(input).exists();
        assertThat(found.summary())
                .contains("java.lang.IllegalStateException: fell over", "at io.godwit.it.fuzz.FallsOver")
                .contains("packaging/run fuzz --target falls-over --input " + input);
        assertThat(fuzzer.tryOut(input).summary()).contains("fell over");
        assertThat(Files.exists(fuzzer.learnt())).isFalse();
    }
}
