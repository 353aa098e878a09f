package io.godwit.engine.freepages;

import java.util.Optional;

/** All the ways in which a guest says what it does not need: for a migration, for good, and because it was asked to. */
public record FreePages(FreePageHints hints, FreePageReporting reporting, Balloon balloon) {

    /** The hints, of a guest that gives some. */
    public Optional<FreePageHints> offeredHints() {
        return Optional.of(hints).filter(FreePageHints::isOffered);
    }

    /** The balloon, of a guest that has one. */
    public Optional<Balloon> offeredBalloon() {
        return Optional.of(balloon).filter(Balloon::isOffered);
    }
}
