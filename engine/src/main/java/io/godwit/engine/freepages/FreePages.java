package io.godwit.engine.freepages;

/** All the ways in which a guest says what it does not need: for a migration, for good, and because it was asked to. */
public record FreePages(FreePageHints hints, FreePageReporting reporting, Balloon balloon) {}
