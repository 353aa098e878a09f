/** A process: QMP in, engine calls out; and the command line client. */
module io.godwit.daemon {
    requires static org.jspecify;
    requires io.godwit.protocol;
    requires io.godwit.engine;
    requires tools.jackson.databind;
    requires io.netty.common;
    requires io.netty.buffer;
    requires io.netty.transport;
    requires io.netty.transport.unix.common;
    requires io.netty.transport.classes.epoll;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.handler;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires io.prometheus.metrics.model;
    requires org.slf4j;
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires info.picocli;
    requires org.jline.reader;
    requires org.jline.terminal.ffm;
    // What Micrometer reads about the process.
    requires java.management;
    requires jdk.management;
}
