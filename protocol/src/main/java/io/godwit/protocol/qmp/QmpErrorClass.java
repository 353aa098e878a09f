package io.godwit.protocol.qmp;

/** The error classes of QMP. Nearly every error is generic: clients show its text and seldom look further. */
public enum QmpErrorClass {
    GENERIC_ERROR("GenericError"),
    COMMAND_NOT_FOUND("CommandNotFound"),
    DEVICE_NOT_ACTIVE(
            "DeviceNotActive"),
    DEVICE_NOT_FOUND("DeviceNotFound"),
    KVM_MISSING_CAP("KVMMissingCap");

    private final String qapiName;

    QmpErrorClass(String qapiName) {
        this.qapiName = qapiName;
    }

    /** The class that another monitor named; one that is not known here is generic, as it is to a client. */
    public static QmpErrorClass of(String qapiName) {
        for (QmpErrorClass errorClass : values()) {
            if (errorClass.qapiName.equals(qapiName)) {
                return errorClass;
            }
        }
        return GENERIC_ERROR;
    }

    /** The word on the wire. */
    public String qapiName() {
        return qapiName;
    }
}
