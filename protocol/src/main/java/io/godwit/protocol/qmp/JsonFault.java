package io.godwit.protocol.qmp;

/** Well-formed tokens in the wrong order, or a token whose text is wrong. The message is QEMU's, without its prefix. */
final class JsonFault extends Exception {
    private static final long serialVersionUID = 1;

    JsonFault(String message) {
        // No stack trace: clients cause these at will, and it would only say which line of the parser noticed.
        super(message, null, false, false);
    }
}
