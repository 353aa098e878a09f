package io.godwit.engine.outgoing;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.localhost.LocalhostSource;
import io.godwit.engine.migration.WhileStill;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.Optional;

/** A guest that goes to another process of this host, and takes its memory along. The channel is lent. */
final class LocalhostFlow implements Flow {
    private final LocalhostSource move;

    LocalhostFlow(Source source, Channel channel, Way way) throws IOException {
        move = new LocalhostSource(source, channel, way);
    }

    @Override
    public void prepare() throws IOException {
        move.agree();
    }

    @Override
    public void begin(Optional<WhileStill<?>> action) {
        if (action.isPresent()) {
            throw new IllegalStateException("nothing is done beside a move to another process");
        }
    }

    @Override
    public MigrationStatus finish() throws IOException {
        move.move();
        return MigrationStatus.DEVICE;
    }

    @Override
    public void failed(Throwable failure) {
        move.takeBack();
    }

    @Override
    public void close() {
        move.close();
    }
}
