package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import org.jspecify.annotations.Nullable;

/** Where a value is within a command's arguments, as messages name it: {@code channels[0].addr}. */
public final class QapiPath {

    /** The arguments themselves. */
    public static final QapiPath ARGUMENTS = new QapiPath(null, "", "");

    private final @Nullable QapiPath parent;
    private final String step;
    private final String member;

    private QapiPath(@Nullable QapiPath parent, String step, String member) {
        this.parent = parent;
        this.step = step;
        this.member = member;
    }

    QapiPath member(String name) {
        return new QapiPath(this, parent == null ? name : "." + name, name);
    }

    /** An element has no name of its own, which QEMU's messages that name the last member alone show. */
    QapiPath element(int index) {
        return new QapiPath(this, "[" + index + "]", "null");
    }

    @Override
    public String toString() {
        return parent == null ? step : parent + step;
    }

    QmpException missing() {
        return new QmpException("Parameter '" + this + "' is missing");
    }

    QmpException unexpected() {
        return new QmpException("Parameter '" + this + "' is unexpected");
    }

    QmpException wrongType(String expected) {
        return new QmpException("Invalid parameter type for '" + this + "', expected: " + expected);
    }

    QmpException expects(String what) {
        return new QmpException("Parameter '" + this + "' expects " + what);
    }

    /** A number that its width cannot hold. Like {@link #notAccepted} this one names the last member only. */
    QmpException tooWide(String what) {
        return new QmpException("Parameter '" + member + "' expects " + what);
    }

    QmpException notAccepted(String word) {
        return new QmpException("Parameter '" + member + "' does not accept value '" + word + "'");
    }
}
