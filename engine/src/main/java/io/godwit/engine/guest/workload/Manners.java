package io.godwit.engine.guest.workload;

/**
 * What a workload guest does about memory that it does not need.
 *
 * @param residency whether the first pass of a migration leaves out what was never touched, which says nothing of the guest but all
 *     of who moves it: it is for comparison
 * @param hinting whether it offers to tell migrations what its hog has left
 * @param reporting whether it gives that back as soon as the hog has ended
 * @param ballooning whether it has a balloon
 */
public record Manners(boolean residency, boolean hinting, boolean reporting, boolean ballooning) {
    /** It tells nothing. */
    public static final Manners SILENT = new Manners(true, false, false, false);
}
