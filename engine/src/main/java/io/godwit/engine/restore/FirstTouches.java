package io.godwit.engine.restore;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * In which order the pages of a saved guest were asked for first, as its restores have seen it; in the file {@code
 * FILE.touches} beside it. At most {@link #MOST}. A page that is sent before it can be asked for shows no more whether it is
 * needed: after some restores it is forgotten, and if it is needed it is asked for again. Immutable.
 *
 * <pre>
 * "GODWITT1"   be32 entries   { u8 age, be32 number of the block, be64 page of the block } *
 * </pre>
 */
final class FirstTouches {
    /** 256 MiB of pages. */
    static final int MOST = 1 << 16;

    private static final long MAGIC = 0x474f_4457_4954_5431L;
    private static final int OLDEST = 8;
    private static final String SUFFIX = ".touches";

    private final List<Touch> touches;

    private FirstTouches(List<Touch> touches) {
        this.touches = List.copyOf(touches);
    }

    /** A page, and in how many restores it has not been seen to be needed since it last was. */
    private record Touch(int age, int block, long page) {
        Touch seenNow() {
            return new Touch(0, block, page);
        }

        Touch older() {
            return new Touch(age + 1, block, page);
        }
    }

    /** Nothing is known. */
    static FirstTouches none() {
        return new FirstTouches(List.of());
    }

    private static Path placeOf(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    /**
     * Those of a file; none where there is no record of them.
     *
     * @throws IOException when what stands there is of no use
     */
    static FirstTouches of(Path file) throws IOException {
        Path place = placeOf(file);
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(place)))) {
            long magic = in.readLong();
            int count = in.readInt();
            if (magic != MAGIC || count < 0 || count > MOST) {
                throw new IOException("%s is no record of first touches: it begins with %016x and %d entries".formatted(
                        place, magic, count));
            }
            var touches = new ArrayList<Touch>();
            for (int i = 0; i < count; i++) {
                touches.add(new Touch(in.readUnsignedByte(), in.readInt(), in.readLong()));
            }
            return new FirstTouches(touches);
        } catch (NoSuchFileException e) {
            return none();
        }
    }

    int count() {
        return touches.size();
    }

    /** The numbers of the blocks, one for each page. */
    int[] blocks() {
        return touches.stream().mapToInt(Touch::block).toArray();
    }

    /** The pages, counted in their blocks. */
    long[] pages() {
        return touches.stream().mapToLong(Touch::page).toArray();
    }

    /** With what another restore has been asked for, {@code seen}, which comes first. */
    FirstTouches with(TouchLog seen) {
        var merged = new ArrayList<Touch>();
        Set<Touch> known = new HashSet<>();
        for (int i = 0; i < seen.count() && merged.size() < MOST; i++) {
            var touch = new Touch(0, seen.block(i), seen.page(i));
            if (known.add(touch)) {
                merged.add(touch);
            }
        }
        for (Touch touch : touches) {
            if (merged.size() < MOST && touch.age() < OLDEST && known.add(touch.seenNow())) {
                merged.add(touch.older());
            }
        }
        return new FirstTouches(merged);
    }

    /** Keeps them beside {@code file}, in place of what was known before. */
    void keep(Path file) throws IOException {
        Path place = placeOf(file);
        Path next = Files.createTempFile(place.toAbsolutePath().getParent(), "." + file.getFileName(), SUFFIX);
        try {
            try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(next)))) {
                out.writeLong(MAGIC);
                out.writeInt(touches.size());
                for (Touch touch : touches) {
                    out.writeByte(touch.age());
                    out.writeInt(touch.block());
                    out.writeLong(touch.page());
                }
            }
            Files.move(next, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }
}
