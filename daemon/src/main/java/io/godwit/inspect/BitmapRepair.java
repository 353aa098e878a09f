package io.godwit.inspect;

import io.godwit.engine.FileSeal;
import io.godwit.engine.Replacement;
import io.godwit.inspect.StreamReport.Form;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rebuilds the page bitmaps that QEMU's background-snapshot with mapped-ram leaves empty. Such a snapshot writes each page
 * once, so what is not zero in the file is the page's content, and what is zero may stay without a bit. Nothing else is
 * missing in it: RAM has no END, as in any background snapshot, and none is needed.
 */
public final class BitmapRepair {
    /** What the bitmaps of all blocks together may have: those of 1 TiB of RAM. */
    private static final long MAX_BITMAP_BYTES = 32 << 20;

    private final FileInput in;
    private final FileChannel source;
    private final List<MappedRamLayout.Block> blocks;
    private final long totalBytes;
    private long doneBytes;

    private BitmapRepair(FileInput in, List<MappedRamLayout.Block> blocks) {
        this.in = in;
        source = in.file().orElseThrow();
        this.blocks = blocks;
        totalBytes = blocks.stream().mapToLong(block -> block.entry().lengthBytes()).sum();
    }

    /** A bitmap that was written: {@code present} of the block's pages have a bit now. */
    public record Rebuilt(String block, long present, long pages) {}

    private record Bitmap(MappedRamLayout.Block block, ByteBuffer bits, long present) {
        private Rebuilt rebuilt() {
            return new Rebuilt(block.entry().name(), present, block.entry().lengthBytes() / MappedPages.PAGE_SIZE);
        }
    }

    /**
     * Makes a copy with its bitmaps, when all else has been found to be well: in place of the file when that copy is whole, or
     * with the name {@code output}, which must not exist yet. It is sealed if the file is, and matches its seal.
     *
     * @throws IOException when the file is not broken in this way, or cannot be read or written
     */
    public static List<Rebuilt> repair(Path file, Optional<Path> output, ReadingProgress progress) throws IOException {
        boolean sealed = SealReport.isSealedAndIntact(file, progress);
        try (FileInput in = FileInput.open(file, 0, progress)) {
            var repair = new BitmapRepair(in, brokenBlocks(in));
            List<Bitmap> bitmaps = repair.rebuild();
            if (output.isPresent()) {
                repair.writeCopy(file, output.get(), bitmaps);
                if (sealed) {
                    FileSeal.seal(output.get(), bytes -> {});
                }
            } else {
                repair.replace(file, bitmaps, sealed);
            }
            return bitmaps.stream().map(Bitmap::rebuilt).toList();
        }
    }

    private static List<MappedRamLayout.Block> brokenBlocks(FileInput in) throws IOException {
        if (in.file().isEmpty()) {
            throw new IOException("is no regular file: only those are repaired");
        }
        var walk = new StreamWalk(in, RamListener.NONE);
        walk.read();
        StreamReport report = Inspector.report(in, walk, false);
        for (Finding finding : report.findings()) {
            if (!(finding instanceof Finding.EmptyBitmaps)) {
                throw new IOException("is damaged in a way that cannot be repaired: byte %d: %s"
                        .formatted(finding.offset(), finding.sentence()));
            }
        }
        if (report.isWhole()) {
            throw new IOException("needs no repair: it is a whole " + report.form().words());
        }
        if (report.form() != Form.MAPPED_RAM_BACKGROUND) {
            // Its bitmaps were written, and what lies in the file without a bit may be stale.
            throw new IOException("has an END of RAM: it is no background snapshot, and its data may be out of date");
        }
        long bitmapBytes = walk.mapped().stream().mapToLong(MappedRamLayout.Block::bitmapBytes).sum();
        if (bitmapBytes > MAX_BITMAP_BYTES) {
            throw new IOException("has bitmaps of %d bytes, at most %d are repaired".formatted(bitmapBytes,
                    MAX_BITMAP_BYTES));
        }
        return walk.mapped();
    }

    private List<Bitmap> rebuild() throws IOException {
        var bitmaps = new ArrayList<Bitmap>(blocks.size());
        for (MappedRamLayout.Block block : blocks) {
            bitmaps.add(rebuild(block));
            doneBytes += block.entry().lengthBytes();
        }
        return bitmaps;
    }

    private Bitmap rebuild(MappedRamLayout.Block block) throws IOException {
        ByteBuffer bits = ByteBuffer.allocateDirect((int) block.bitmapBytes());
        long[] present = {0};
        new PageScan(source).scan(block.header().pagesOffset(), block.entry().lengthBytes(),
                done -> in.progress().at(doneBytes + done, totalBytes), (page, _, _) -> {
                    // In little-endian words, bit i of the bitmap is bit i % 8 of its byte i / 8.
                    int at = (int) (page / Byte.SIZE);
                    bits.put(at, (byte) (bits.get(at) | 1 << (page % Byte.SIZE)));
                    present[0]++;
                    return true;
                });
        return new Bitmap(block, bits, present[0]);
    }

    private static void write(FileChannel target, List<Bitmap> bitmaps) throws IOException {
        for (Bitmap bitmap : bitmaps) {
            writeAt(target, bitmap.block().header().bitmapOffset(), bitmap.bits());
        }
        target.force(true);
    }

    private static void writeAt(FileChannel target, long position, ByteBuffer from) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
            at += target.write(from, at);
        }
    }

    private void replace(Path file, List<Bitmap> bitmaps, boolean sealed) throws IOException {
        try (var repaired = Replacement.of(file)) {
            copyTo(repaired.channel());
            write(repaired.channel(), bitmaps);
            repaired.publish(sealed);
        }
    }

    /** The bitmaps last: a copy that was broken off before them is seen to be broken. */
    private void writeCopy(Path file, Path output, List<Bitmap> bitmaps) throws IOException {
        // Guest memory: nobody may read the copy who may not read the file.
        var permissions = PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(file));
        var options = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try (var target = FileChannel.open(output, options, permissions)) {
            try {
                copyTo(target);
                write(target, bitmaps);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(output);
                throw e;
            }
        } catch (IOException e) {
            throw FileTrouble.of(output.toString(), e);
        }
    }

    /** With holes where the source is zero. */
    private void copyTo(FileChannel target) throws IOException {
        long size = source.size();
        long whole = size - size % MappedPages.PAGE_SIZE;
        new PageScan(source).scan(0, whole, done -> in.progress().at(done, size), (page, content, _) -> {
            writeAt(target, page * MappedPages.PAGE_SIZE, content);
            return true;
        });
        // A file ends with its VM description, so that what is written last gives it its size.
        ByteBuffer rest = ByteBuffer.allocateDirect((int) (size - whole));
        FileInput.readAt(source, whole, rest);
        writeAt(target, whole, rest.flip());
    }
}
