package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.Fd;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/** What COM1 is connected to. */
public interface SerialLine extends AutoCloseable {

    /** This process's standard input and output. */
    static SerialLine stdio() {
        return new StreamSerialLine(new FileOutputStream(FileDescriptor.out), new FileInputStream(FileDescriptor.in));
    }

    /** Appends output to a file. */
    static SerialLine toFile(Path path) throws IOException {
        return new StreamSerialLine(new FileOutputStream(path.toFile(), true), null);
    }

    /** A listening unix socket; the last client to connect gets the output. */
    static SerialLine unixSocket(Path path) throws IOException {
        return UnixSerialLine.listen(path);
    }

    /** What another process had as {@link #unixSocket}, and still serves until {@link #serve}. Takes ownership. */
    static SerialLine passedOn(Path path, List<Fd> descriptors) throws IOException {
        return UnixSerialLine.passedOn(path, descriptors);
    }

    /** Throws output away; nothing ever comes in. */
    static SerialLine none() {
        return new SerialLine() {
            @Override
            public void send(int value) {
                // To nobody.
            }

            @Override
            public void onInput(IntConsumer receiver) {
                // Never.
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }

    /** Sends one byte, 0 to 255. Never waits: what a slow peer does not take is dropped. */
    void send(int value);

    /** Waits for what was sent to be on its way, but not for long for a peer that does not take it. */
    default void flush() {
        // Nothing waits anywhere.
    }

    /**
     * From now on listens to nobody, though what the guest says still goes out: another process is to go on with it, by these
     * descriptors, which are lent. Only {@link #serve} changes that.
     */
    default List<Fd> passOn() {
        return List.of();
    }

    /** Listens, after {@link #passOn} or for the first time to what another process had. */
    default void serve() {
        // It has never ceased.
    }

    /** Begins to hand every byte that comes in to {@code receiver}, on a thread of its own. At most once. */
    void onInput(IntConsumer receiver);

    /** Idempotent. */
    @Override
    void close();
}
