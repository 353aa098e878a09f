package io.godwit.inspect;

import io.godwit.engine.FileSeal;
import io.godwit.engine.FileSeal.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps damaged files from being worked on. */
final class SealCheck {
    private SealCheck() {}

    /**
     * Whether {@code file} is sealed; all of it is read and matches then.
     *
     * @throws IOException when it is sealed and does not match
     */
    static boolean isSealedAndIntact(Path file, ReadingProgress progress) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        long total = Files.size(file);
        return switch (FileSeal.verify(file, done -> progress.at(done, total))) {
            case Verdict.Unsealed() -> false;
            case Verdict.Intact _ -> true;
            case Verdict.Damaged(var damages) -> throw new IOException(damages.getFirst().sentence());
        };
    }
}
