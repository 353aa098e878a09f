package io.godwit.it.soak;

import java.util.List;
import java.util.Random;

/** A guest that things are done to. */
interface Subject {
    String kind();

    /** What may be done to it. */
    List<String> steps();

    /** Does one of {@link #steps}, checks that the guest is whole, and says in a few words what came of it. */
    String undergo(String step, Random random);
}
