package io.godwit.inspect;

import java.io.IOException;

/** Ends the reading of an input at its first damage that cannot be read past. */
final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Finding finding;

    DamagedException(Finding finding) {
        super(finding.sentence());
        this.finding = finding;
    }

    static DamagedException unexpected(long offset, String what, String got, String expected) {
        return new DamagedException(new Finding.Unexpected(offset, what, got, expected));
    }

    Finding finding() {
        return finding;
    }
}
