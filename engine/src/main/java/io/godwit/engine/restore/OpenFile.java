package io.godwit.engine.restore;

import io.godwit.engine.mappedram.SavedGuest;

/** A file that is open for as long as anybody uses it. Guarded by its {@link SavedFiles}. */
final class OpenFile {
    private final SavedGuest guest;
    private int users;

    OpenFile(SavedGuest guest) {
        this.guest = guest;
    }

    SavedGuest guest() {
        return guest;
    }

    void addUser() {
        users++;
    }

    /** Whether it was the last one. */
    boolean removeUser() {
        users--;
        return users == 0;
    }
}
