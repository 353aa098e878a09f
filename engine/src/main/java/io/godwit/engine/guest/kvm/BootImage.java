package io.godwit.engine.guest.kvm;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a guest starts: raw code for real mode, placed at 0x7c00 and entered there. */
public final class BootImage {
    /** Where it is placed. */
    public static final int ADDRESS = 0x7c00;
    public static final int MAX_BYTES = 64 << 10;

    private static final String BUILT_IN = "heartbeat.img";

    private final byte[] bytes;

    private BootImage(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The built-in one, with parameters that suit a guest of so much RAM: see {@link Heartbeat}. */
    public static BootImage builtIn(long ramBytes) throws IOException {
        return heartbeat(Heartbeat.forRam(ramBytes));
    }

    /** As the other, with a memory hog that has ended when the guest is busy with the rest. */
    public static BootImage builtIn(long ramBytes, long hogBytes) throws IOException {
        try {
            return heartbeat(Heartbeat.forRam(ramBytes, hogBytes));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    static BootImage heartbeat(Heartbeat parameters) throws IOException {
        try (InputStream in = BootImage.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) {
                throw new FileNotFoundException("boot image " + BUILT_IN + " is not in the module");
            }
            byte[] image = in.readAllBytes();
            parameters.patch(image);
            return new BootImage(image);
        }
    }

    /** Any image, 1 to {@link #MAX_BYTES} bytes. */
    public static BootImage of(byte[] bytes) throws IOException {
        checkSize("boot image", bytes.length);
        return new BootImage(bytes.clone());
    }

    /** The image in a file. */
    public static BootImage read(Path file) throws IOException {
        checkSize("boot image '" + file + "'", Files.size(file));
        return of(Files.readAllBytes(file));
    }

    private static void checkSize(String what, long size) throws IOException {
        if (size < 1 || size > MAX_BYTES) {
            throw new IOException(what + ": " + size + " bytes, expected 1 to " + MAX_BYTES);
        }
    }

    /** A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }
}
