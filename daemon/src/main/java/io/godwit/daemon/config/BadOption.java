package io.godwit.daemon.config;

import picocli.CommandLine.TypeConversionException;

/** An option's value that will not do. The message continues a sentence whose subject is the option: "is 0, ...". */
final class BadOption extends TypeConversionException {
    private static final long serialVersionUID = 1;

    private final String predicate;

    BadOption(String predicate) {
        super(predicate);
        this.predicate = predicate;
    }

    @Override
    public String getMessage() {
        return predicate;
    }
}
