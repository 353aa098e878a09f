package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import io.godwit.protocol.qmp.QmpRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way through the queue to its answer. Owns the descriptor that the request took from the slot, until
 * its command takes it. Handed from the event loop to the thread of the command and back.
 */
final class Turn implements CommandContext {
    private final QmpRequest request;
    private @Nullable Fd descriptor;
    private boolean negotiated;
    private boolean over;
    private boolean outOfBandWanted;

    Turn(QmpRequest request, @Nullable Fd descriptor) {
        this.request = request;
        this.descriptor = descriptor;
    }

    QmpRequest request() {
        return request;
    }

    boolean isOutOfBand() {
        return request instanceof QmpRequest.Execute execute && execute.outOfBand();
    }

    /** The negotiation was over before this request. */
    void afterNegotiation() {
        over = true;
    }

    @Override
    public Optional<Fd> takeDescriptor() {
        Optional<Fd> taken = Optional.ofNullable(descriptor);
        descriptor = null;
        return taken;
    }

    @Override
    public void negotiated(boolean outOfBand) throws QmpException {
        if (over) {
            throw new QmpException(QmpError.alreadyNegotiated());
        }
        negotiated = true;
        outOfBandWanted = outOfBand;
    }

    boolean hasNegotiated() {
        return negotiated;
    }

    boolean outOfBandWanted() {
        return outOfBandWanted;
    }
}
