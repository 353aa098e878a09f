package io.godwit.engine.guest.kvm;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
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

    /** Begins to hand every byte that comes in to {@code receiver}, on a thread of its own. At most once. */
    void onInput(IntConsumer receiver);

    /** Idempotent. */
    @Override
    void close();
}
