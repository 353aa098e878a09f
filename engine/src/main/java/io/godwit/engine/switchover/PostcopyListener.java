package io.godwit.engine.switchover;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.ReturnPathMessage.PageRequest;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;

/** Hears what a destination says of postcopy. Called by the return path's thread; what is thrown ends the return path. */
public interface PostcopyListener {

    /** The destination has loaded the devices, and runs the guest next. */
    void aboutToRun();

    /** A fault over there waits for pages. May wait until there is room for the request. */
    void requested(PageRequest request) throws IOException;

    /** After a recovery: what has been received of a block follows in {@code in}, as far as it has to be read. */
    void received(String block, WireInput in) throws IOException;

    /** After a recovery: it goes on. */
    void resumeAcknowledged(int value) throws IOException;

    /** Nothing more will come: for the reason that {@link ReturnPath#awaitShut} gives. */
    void ended();

    /** Refuses all of it: before the guest has been given away there is nothing to ask for. */
    PostcopyListener NONE = new PostcopyListener() {

        @Override
        public void aboutToRun() {
            // Nobody has asked.
        }

        @Override
        public void requested(PageRequest request) throws IOException {
            throw tooEarly(request);
        }

        @Override
        public void received(String block, WireInput in) throws IOException {
            throw tooEarly(new ReturnPathMessage.Received(block));
        }

        @Override
        public void resumeAcknowledged(int value) throws IOException {
            throw tooEarly(new ReturnPathMessage.ResumeAck(value));
        }

        @Override
        public void ended() {
            // Whoever waits is told otherwise.
        }

        private static MalformedStreamException tooEarly(ReturnPathMessage message) {
            return new MalformedStreamException(
                    "the destination speaks of postcopy (" + message + "), which has not begun");
        }
    };
}
