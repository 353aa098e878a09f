package io.godwit.engine.linux;

import java.io.IOException;

/** A system call failed with an errno that is not part of the operation's contract. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final Errno errno;

    /**
     * @param operation what was attempted and on what, such as {@code open '/dev/kvm'}
     * @param negativeResult the raw result, {@code -errno}
     */
    public ErrnoException(String operation, long negativeResult) {
        Errno known = Errno.ofResult(negativeResult);
        super(operation + ": " + known.text() + (known == Errno.UNKNOWN ? " " + -negativeResult : ""));
        errno = known;
    }

    public Errno errno() {
        return errno;
    }

    /** The result when it is not negative. */
    static long check(long result, String operation) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(operation, result);
        }
        return result;
    }

    /** The result when it is not negative. */
    static int check(int result, String operation) throws ErrnoException {
        return (int) check((long) result, operation);
    }
}
