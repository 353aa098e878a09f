package io.godwit.engine.switchover;

/** Whether the operator wants the guest to run at the destination before its memory has come. Stays so. Any thread. */
public final class PostcopyWish {
    private volatile boolean uttered;

    /** Not yet. */
    public PostcopyWish() {}

    /** QMP's migrate-start-postcopy. */
    public void utter() {
        uttered = true;
    }

    public boolean isUttered() {
        return uttered;
    }
}
