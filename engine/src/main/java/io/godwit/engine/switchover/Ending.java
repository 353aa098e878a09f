package io.godwit.engine.switchover;

import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.ram.PendingPages;
import java.io.IOException;

/** How the guest goes over when its passes are over: {@link Switchover} with all of its RAM, or before the rest of it. */
public interface Ending {

    /** Chooses one when the passes are over. Everything is lent. */
    @FunctionalInterface
    interface Choice {
        Ending choose(StreamOutput out, RateLimit limit, FarEnd farEnd, DeviceState devices);
    }

    /** What is still missing of the guest's RAM when it stands still, or is about to. The calls come in this order. */
    interface LastPass {
        /** Looks for what the guest, which still runs, has written; {@link #list} only adds to what is returned. */
        PendingPages listEarly() throws IOException;

        /** Looks a last time for what the guest has written; returns all that is not there yet as it is now. */
        PendingPages list() throws IOException;

        /** Everything that was ever listed, sent or not: what is not in it is zero. */
        PendingPages everListed();

        /** Sends what is not there yet, and END of ram. */
        void send() throws IOException;
    }

    /** Does all of it that has to be done while the guest stands still; returns when the guest is somebody else's. */
    void run(LastPass lastPass) throws IOException;

    /** After a failure: the guest is again what it was before {@link #run}, unless it may run at the destination. */
    void takeBack();
}
