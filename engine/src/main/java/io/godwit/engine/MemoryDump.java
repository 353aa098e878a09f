package io.godwit.engine;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Writes a piece of guest RAM to a file; long pieces of zero become holes. */
final class MemoryDump {
    private static final int OWNER_ONLY = 0600;

    private static final int PIECE_BYTES = 64 << 10;

    private MemoryDump() {}

    static void write(RamBlock block, long address, long length, Path file) throws IOException {
        if (address < 0 || length < 0 || address > block.byteSize() - length) {
            throw new IOException("Invalid addr 0x%016x/size %d specified".formatted(address, length));
        }
        try (Fd out = Fd.open(file, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE), OWNER_ONLY)) {
            out.truncate(length);
            writePages(block, out, address, length);
        } catch (ErrnoException e) {
            throw new IOException("Could not open '" + file + "': " + e.errno().text(), e);
        }
    }

    /** A piece may begin and end anywhere; what is tested for zero is whole pages of it. */
    private static void writePages(RamBlock block, Fd out, long address, long length) throws IOException {
        try (var piece = new NativeBuffer(PIECE_BYTES)) {
            for (long done = 0; done < length; done += PIECE_BYTES) {
                long part = Math.min(PIECE_BYTES, length - done);
                block.read(address + done, piece.segment(), 0, part);
                if (part < RamBlock.PAGE_SIZE || !isZero(piece, part)) {
                    out.pwriteFully(piece.segment(), 0, part, done);
                }
            }
        }
    }

    private static boolean isZero(NativeBuffer piece, long length) {
        return NativeBuffer.isZeroPage(piece.segment(), 0) && NativeBuffer.equal(piece.segment(), 0, piece.segment(),
                RamBlock.PAGE_SIZE, length - RamBlock.PAGE_SIZE);
    }
}
