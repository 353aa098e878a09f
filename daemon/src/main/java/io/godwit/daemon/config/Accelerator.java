package io.godwit.daemon.config;

/** What kind of guest {@code --accel} asks for. */
enum Accelerator {
    KVM,
    WORKLOAD;

    static Accelerator parse(String text) {
        return switch (text) {
            case "kvm" -> KVM;
            case "workload" -> WORKLOAD;
            case "none" -> throw new BadOption("is none: held guests are not built into this version yet");
            default -> throw new BadOption("is '" + text + "', expected kvm or workload");
        };
    }
}
