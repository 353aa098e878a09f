package io.godwit.engine;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Writes a piece of guest RAM to a file; pages that are zero become holes. */
final class MemoryDump {
    private static final int OWNER_ONLY = 0600;

    private MemoryDump() {}

    static void write(RamBlock block, long address, long length, Path file) throws IOException {
        if (address < 0 || length < 0 || address > block.byteSize() - length) {
            throw new IOException("Invalid addr 0x%016x/size %d specified".formatted(address, length));
        }
        try (Fd out = Fd.open(file, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE), OWNER_ONLY)) {
            out.truncate(length);
            long step = RamBlock.PAGE_SIZE;
            for (long done = 0; done < length; done += step) {
                long part = Math.min(step, length - done);
                if (!block.memory().isZero(address + done, part)) {
                    writePage(block, out, address, done, part);
                }
            }
        } catch (ErrnoException e) {
            throw new IOException("Could not open '" + file + "': " + e.errno().text(), e);
        }
    }

    private static void writePage(RamBlock block, Fd out, long address, long done, long length) throws IOException {
        for (long put = 0; put < length;) {
            put += block.memory().pwriteTo(out, done + put, address + done + put, length - put);
        }
    }
}
