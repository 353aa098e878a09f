/** Moves RAM. Knows nothing of QMP, JSON or Netty. */
@SuppressWarnings("module") // io.godwit.daemon, named below, is compiled after this module.
module io.godwit.engine {
    requires static org.jspecify;
    requires transitive io.godwit.protocol;
    requires org.slf4j;

    exports io.godwit.engine;
    exports io.godwit.engine.migration;
    exports io.godwit.engine.restore;
    exports io.godwit.engine.tls;
    // Sockets that carry descriptors, and the descriptors themselves: QMP's getfd and add-fd need them.
    exports io.godwit.engine.linux to io.godwit.daemon;
}
