package io.godwit.daemon.localhost;

/** There is something in a QEMU's command line that a second QEMU cannot be started with. */
public final class UntakeableException extends Exception {
    private static final long serialVersionUID = 1;

    UntakeableException(String what, String why) {
        super("'" + what + "' of the running QEMU cannot be taken over: " + why
                + ". Give the other one's whole command line ('qemu'), or start it yourself ('uri' and 'qmp')");
    }
}
