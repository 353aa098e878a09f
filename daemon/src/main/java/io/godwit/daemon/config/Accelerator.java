package io.godwit.daemon.config;

/** What kind of guest {@code --accel} asks for. */
enum Accelerator {
    KVM,
    WORKLOAD,
    /** Nothing runs: what arrives is held. */
    NONE;

    static Accelerator parse(String text) {
        return switch (text) {
            case "kvm" -> KVM;
            case "workload" -> WORKLOAD;
            case "none" -> NONE;
            default -> throw new BadOption("is '" + text + "', expected kvm, workload or none");
        };
    }
}
