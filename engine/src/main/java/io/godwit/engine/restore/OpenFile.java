package io.godwit.engine.restore;

import io.godwit.engine.mappedram.SavedGuest;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/** A file that is open for as long as anybody uses it. Guarded by its {@link SavedFiles}. */
final class OpenFile {
    private final SavedGuest guest;
    private final ReentrantLock verifying = new ReentrantLock();
    private int users;
    private boolean verified;

    OpenFile(SavedGuest guest) {
        this.guest = guest;
    }

    SavedGuest guest() {
        return guest;
    }

    /** Any thread; guarded by itself. */
    void verifyMainMemory() throws IOException {
        verifying.lock();
        try {
            if (!verified) {
                guest.verifyMainMemory();
                verified = true;
            }
        } finally {
            verifying.unlock();
        }
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
