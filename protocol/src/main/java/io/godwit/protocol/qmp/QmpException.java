package io.godwit.protocol.qmp;

/** A request cannot be done, and this is the answer to it. */
public final class QmpException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient QmpError error;

    public QmpException(QmpError error) {
        super(error.desc());
        this.error = error;
    }

    /** A {@link QmpErrorClass#GENERIC_ERROR}. */
    public QmpException(String desc) {
        this(QmpError.generic(desc));
    }

    public QmpError error() {
        return error;
    }
}
