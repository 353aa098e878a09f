package io.godwit.inspect;

import io.godwit.engine.FileSeal;
import io.godwit.engine.FileSeal.Damage;
import io.godwit.engine.FileSeal.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** How a file stands to its seal. */
public final class SealReport {
    private final Verdict verdict;

    private SealReport(Verdict verdict) {
        this.verdict = verdict;
    }

    /** Seals a file as it is; nobody may be writing to it. */
    public static SealReport bySealing(Path file, ReadingProgress progress) throws IOException {
        long total = Files.size(file);
        return new SealReport(new Verdict.Intact(FileSeal.seal(file, done -> progress.at(done, total))));
    }

    /** Looks for a seal, and does not read the file. */
    public static SealReport unverified(Path file) throws IOException {
        return new SealReport(FileSeal.look(file));
    }

    /** Reads all of a file and holds it against its seal. */
    public static SealReport of(Path file, ReadingProgress progress) throws IOException {
        long total = Files.size(file);
        return new SealReport(FileSeal.verify(file, done -> progress.at(done, total)));
    }

    /**
     * Whether {@code file} is sealed; all of it is read and matches then.
     *
     * @throws IOException when it is sealed and does not match
     */
    static boolean isSealedAndIntact(Path file, ReadingProgress progress) throws IOException {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        var report = of(file, progress);
        if (report.verdict instanceof Verdict.Damaged(var damages)) {
            throw new IOException(damages.getFirst().sentence());
        }
        return report.isIntact();
    }

    /** Whether it is sealed, and every byte matches. */
    public boolean isIntact() {
        return verdict instanceof Verdict.Intact;
    }

    /** Whether it is sealed, and something does not match. */
    public boolean isDamaged() {
        return verdict instanceof Verdict.Damaged;
    }

    /** A line for a person, or one for each damage. */
    public List<String> lines() {
        return switch (verdict) {
            case Verdict.Unsealed() -> List.of("unsealed");
            case Verdict.Unverified(String root) -> List.of("sealed, root " + root);
            case Verdict.Intact(String root) -> List.of("seal ok, root " + root);
            case Verdict.Damaged _ -> damages().stream().map(damage -> "DAMAGED " + damage).toList();
        };
    }

    /** In a word or two, but for its damages. */
    String state() {
        return switch (verdict) {
            case Verdict.Unsealed() -> "none";
            case Verdict.Unverified(String root) -> "not looked at (--verify does), root " + root;
            case Verdict.Intact(String root) -> "ok, root " + root;
            case Verdict.Damaged _ -> "damaged";
        };
    }

    /** Where it does not match, a sentence each. */
    List<String> damages() {
        return verdict instanceof Verdict.Damaged(var damages)
                ? damages.stream().map(SealReport::sentence).toList()
                : List.of();
    }

    private static String sentence(Damage damage) {
        return "byte %d (0x%x): %s".formatted(damage.offset(), damage.offset(), Printable.of(damage.sentence()));
    }

    /** Adds it to {@code json}, which is returned. */
    public ObjectNode addTo(ObjectNode json) {
        switch (verdict) {
            case Verdict.Unsealed() -> json.put("seal", "unsealed");
            case Verdict.Unverified(String root) -> json.put("seal", "unverified").put("root", root);
            case Verdict.Intact(String root) -> json.put("seal", "ok").put("root", root);
            case Verdict.Damaged(var damages) -> {
                var list = json.put("seal", "damaged").putArray("damages");
                damages.forEach(damage -> list.addObject().put("offset", damage.offset()).put("desc",
                        Printable.of(damage.sentence())));
            }
        }
        return json;
    }
}
