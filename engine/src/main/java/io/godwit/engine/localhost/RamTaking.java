package io.godwit.engine.localhost;

import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.util.List;

/** How RAM comes into this process. The calls come in this order, from one thread. */
interface RamTaking extends AutoCloseable {

    /** Takes ownership of what the source sent for it, also when it fails, and checks that it will do. */
    void begin(List<Fd> descriptors) throws IOException;

    /** Takes all of it, or as much as the source gives. */
    void take() throws IOException;

    /** Gives what was taken back to the source. */
    void giveBack() throws IOException;

    /** What is here is the guest's now, and stays. */
    void keep();

    /** Unless it is to be kept, nothing of it stays here. */
    @Override
    void close();
}
