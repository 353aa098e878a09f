package io.godwit.engine.localhost;

import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.util.List;

/** Hand-over, the destination's side: the source's memfds are mapped where the waiting guest's own memory was. */
final class MemfdsTaking implements RamTaking {
    private final List<MemoryBlock> blocks;
    private int mapped;
    private boolean kept;

    MemfdsTaking(List<MemoryBlock> blocks) {
        this.blocks = blocks;
    }

    @Override
    public void begin(List<Fd> descriptors) throws IOException {
        try {
            if (descriptors.size() != blocks.size()) {
                throw new MalformedStreamException("%d memfds for %d RAM blocks".formatted(descriptors.size(),
                        blocks.size()));
            }
            for (int i = 0; i < blocks.size(); i++) {
                check(descriptors.get(i), blocks.get(i));
            }
            for (MemoryBlock block : blocks) {
                block.memory().replaceBy(descriptors.get(mapped));
                mapped++;
            }
        } finally {
            descriptors.forEach(Fd::close);
        }
    }

    /** Whoever maps less than there is, or what can be cut, is killed by the first touch. */
    private static void check(Fd memfd, MemoryBlock block) throws IOException {
        boolean sealed;
        try {
            sealed = MemFd.isSizeSealed(memfd);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EINVAL
                    ? new MalformedStreamException("what came for RAM block '%s' is no memfd".formatted(block.name()))
                    : e;
        }
        if (!sealed) {
            throw new MalformedStreamException(
                    "the memfd of RAM block '%s' is not sealed against a change of its size".formatted(block.name()));
        }
        if (memfd.size() != block.byteSize()) {
            throw new MalformedStreamException("the memfd of RAM block '%s' has %d bytes, expected %d"
                    .formatted(block.name(), memfd.size(), block.byteSize()));
        }
    }

    @Override
    public void take() {
        // It is all here.
    }

    @Override
    public void giveBack() {
        // The source has it, too.
    }

    @Override
    public void keep() {
        kept = true;
    }

    /** What has been mapped is the source's guest's: this side must not be able to touch it. */
    @Override
    public void close() {
        if (!kept) {
            blocks.subList(0, mapped).forEach(OwnMemory::renew);
        }
    }
}
