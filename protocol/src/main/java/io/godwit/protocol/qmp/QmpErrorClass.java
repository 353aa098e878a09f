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

    /** The word on the wire. */
    public String qapiName() {
        return qapiName;
    }
}
