package io.godwit.protocol.qmp;

/** What a refused request is answered with. The description is for people, but clients match on some: QEMU's words. */
public record QmpError(QmpErrorClass errorClass, String desc) {

    public static QmpError generic(String desc) {
        return new QmpError(QmpErrorClass.GENERIC_ERROR, desc);
    }

    public static QmpError commandNotFound(String command) {
        return new QmpError(QmpErrorClass.COMMAND_NOT_FOUND, "The command " + command + " has not been found");
    }

    /** The command exists, but not for {@code exec-oob}. */
    public static QmpError notOutOfBand(String command) {
        return generic("The command " + command + " does not support OOB");
    }

    /** Any command but {@code qmp_capabilities}, known or not, before negotiation. */
    public static QmpError notNegotiated() {
        return new QmpError(QmpErrorClass.COMMAND_NOT_FOUND,
                "Expecting capabilities negotiation with 'qmp_capabilities'");
    }

    /** {@code qmp_capabilities} a second time. */
    public static QmpError alreadyNegotiated() {
        return new QmpError(QmpErrorClass.COMMAND_NOT_FOUND,
                "Capabilities negotiation is already complete, command ignored");
    }
}
