package io.godwit.engine.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.godwit.engine.incoming.IncomingMigration;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Hears from the log what a migration calls a fault of its own: all that ended it and is no {@link java.io.IOException}. */
final class OwnFaults extends AppenderBase<ILoggingEvent> {
    private volatile @Nullable Throwable heard;

    private OwnFaults() {}

    /** Nothing else is logged from here on. */
    static OwnFaults listen() {
        var faults = new OwnFaults();
        var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.setLevel(Level.ERROR);
        faults.setContext(root.getLoggerContext());
        faults.start();
        ((Logger) LoggerFactory.getLogger(IncomingMigration.class)).addAppender(faults);
        return faults;
    }

    @Override
    protected void append(ILoggingEvent event) {
        heard = event.getThrowableProxy() instanceof ThrowableProxy proxy
                ? proxy.getThrowable()
                : new AssertionError(event.getFormattedMessage());
    }

    /** Throws what was heard, if anything was. */
    void check() {
        Throwable fault = heard;
        if (fault != null) {
            throw new AssertionError("a fault of our own: " + fault, fault);
        }
    }
}
