package io.godwit.inspect;

import io.godwit.engine.FileSeal.Damage;
import io.godwit.engine.FileSeal.Verdict;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** How a file stands to its seal, for a person and for a program. */
public final class SealText {
    private SealText() {}

    /** A line, or one for each damage that was found. */
    public static List<String> of(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Unsealed() -> List.of("unsealed");
            case Verdict.Intact(String root) -> List.of("seal ok, root " + root);
            case Verdict.Damaged(List<Damage> damages) -> damages.stream().map(SealText::of).toList();
        };
    }

    static String of(Damage damage) {
        return "DAMAGED byte %d (0x%x): %s".formatted(damage.offset(), damage.offset(),
                Printable.of(damage.sentence()));
    }

    /** Adds it to {@code json}, which is returned. */
    public static ObjectNode json(ObjectNode json, Verdict verdict) {
        switch (verdict) {
            case Verdict.Unsealed() -> json.put("seal", "unsealed");
            case Verdict.Intact(String root) -> json.put("seal", "ok").put("root", root);
            case Verdict.Damaged(List<Damage> damages) -> {
                var list = json.put("seal", "damaged").putArray("damages");
                damages.forEach(damage -> list.addObject().put("offset", damage.offset()).put("desc",
                        Printable.of(damage.sentence())));
            }
        }
        return json;
    }
}
