/** What goes over a wire or into a file, as values. No threads, no sockets, no native code. */
module io.godwit.protocol {
    requires static org.jspecify;
    requires transitive tools.jackson.databind;

    exports io.godwit.protocol.course;
    exports io.godwit.protocol.localhost;
    exports io.godwit.protocol.mappedram;
    exports io.godwit.protocol.qapi;
    exports io.godwit.protocol.qmp;
    exports io.godwit.protocol.seal;
    exports io.godwit.protocol.stream;
}
