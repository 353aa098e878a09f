package io.godwit.engine.localhost;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.Eventually;
import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Outgoing;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pipe;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.LocalhostMessage;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages between two blocks of this process, as between two processes. */
final class FlipTest {
    /** 32 MiB: many times what a pipe holds. */
    private static final int PAGES = 16 * 512;

    private final Abort abort;
    private final MemoryBlock ram = new MemoryBlock("pc.ram", Mapping.anonymous((long) PAGES * RamBlock.PAGE_SIZE));
    private final MemoryBlock there = new MemoryBlock("pc.ram", Mapping.anonymous((long) PAGES * RamBlock.PAGE_SIZE));
    private final NativeBuffer page = new NativeBuffer(RamBlock.PAGE_SIZE);
    private final Patience patience;
    private final Patience patienceThere;
    private final Channel channel;
    private final Channel channelThere;
    private final Link link;
    private final Link linkThere;
    private final TransferCounters counters = new TransferCounters();
    private final FlipGiving giving;
    private final FlipTaking taking;

    FlipTest() throws IOException {
        abort = new Abort();
        patience = new Patience(abort);
        patienceThere = new Patience(abort);
        List<Fd> ends = StreamSocket.pair();
        channel = open(ends.getFirst());
        channelThere = open(ends.getLast());
        link = new Link(channel, patience, bytes -> {});
        linkThere = new Link(channelThere, patienceThere, bytes -> {});
        giving = new FlipGiving(List.of(ram), patience, counters);
        taking = new FlipTaking(List.of(there), patienceThere, new TransferCounters());
    }

    private Channel open(Fd end) throws IOException {
        return Outgoing.open(new Endpoint.Descriptor(_ -> end, OptionalLong.empty()), abort);
    }

    @BeforeEach
    void fill() {
        ram.memory().setHugePages(false); // so that every third page is a run of its own, and a full pipe has many
        for (int i = 0; i < PAGES; i += 3) {
            page.segment().setAtIndex(JAVA_LONG, 0, i + 1L);
            ram.write((long) i * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
        }
    }

    @AfterEach
    void close() {
        giving.close();
        taking.close();
        link.close();
        linkThere.close();
        channel.close();
        channelThere.close();
        patience.close();
        patienceThere.close();
        abort.close();
        page.close();
        ram.close();
        there.close();
    }

    /** The pipes' other ends, as if they had come by the socket. */
    private void connect() throws IOException {
        List<Fd> ends = new ArrayList<>();
        for (Fd end : giving.descriptors()) {
            ends.add(end.duplicate());
        }
        giving.descriptorsSent();
        giving.list(Optional.empty());
        taking.begin(ends);
    }

    private void assertFilled(MemoryBlock block) {
        for (int i = 0; i < PAGES; i++) {
            block.read((long) i * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
            assertThat(page.segment().getAtIndex(JAVA_LONG, 0)).as("page %d", i)
                    .isEqualTo(i % 3 == 0 ? i + 1 : 0);
        }
    }

    private static CompletableFuture<Void> inBackground(Work work) {
        return CompletableFuture.runAsync(() -> {
            try {
                work.run();
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }, task -> Thread.ofPlatform().start(task));
    }

    private interface Work {
        void run() throws IOException;
    }

    @Test
    void pagesLeaveTheOneAsTheyComeIntoTheOther() throws Exception {
        connect();
        CompletableFuture<Void> given = inBackground(giving::give);
        taking.take();
        given.join();
        taking.keep();
        assertFilled(there);
        assertThat(touched(ram)).isZero();
    }

    private static long touched(MemoryBlock block) throws IOException {
        var pages = new HeldPages(List.of(block));
        pages.addTouched();
        return pages.count();
    }

    @Test
    void anAbortAmidThePagesBringsThemAllBack() throws Exception {
        connect();
        patienceThere.seeThrough();
        CompletableFuture<Void> given = inBackground(giving::give);
        Eventually.until("the pipe is full", () -> counters.normalPages() > 0 || given.isDone());
        abort.request();
        taking.take();
        assertThatThrownBy(given::join).hasCauseInstanceOf(AbortedException.class);
        assertThat(touched(there)).isPositive().isLessThan(PAGES);
        CompletableFuture<Void> back = inBackground(() -> giving.takeBack(link));
        assertThat(linkThere.receive()).isInstanceOf(LocalhostMessage.GiveBack.class);
        taking.giveBack();
        back.join();
        assertFilled(ram);
        taking.close();
        assertThat(touched(there)).isZero();
    }

    @Test
    void whenTheOtherSideGoesAmidThePagesTheyCannotComeBack() throws Exception {
        connect();
        CompletableFuture<Void> given = inBackground(giving::give);
        Eventually.until("the pipe is full", () -> counters.normalPages() > 0 || given.isDone());
        taking.close();
        assertThatThrownBy(given::join).hasCauseInstanceOf(IOException.class)
                .hasMessageContaining("the other side has gone while pages were moving");
        assertThatThrownBy(() -> giving.takeBack(link)).isInstanceOf(IOException.class)
                .hasMessageContaining("pages are on both sides");
    }

    @ParameterizedTest
    @CsvSource({"1, 4096, 0, which the hello does not list", "-1, 4096, 0, which the hello does not list",
            "0, 4095, 0, run of 4095 bytes", "0, 4096, 8, run of 4096 bytes at 8",
            "0, -4096, 0, run of 4294963200 bytes",
            "0, 4194304, 0, at most 2097152", "0, 4096, 33554432, run of 4096 bytes at 33554432",
            "0, 4096, -4096, at 18446744073709547520"})
    void pagesThatLieOutsideAreRefused(int block, int length, long offset, String said) throws Exception {
        try (Pipe pipe = Pipe.open();
                var header = new NativeBuffer(16);
                var taker = new PageTaker(pipe.reader(), patience, bytes -> {})) {
            header.segment().asByteBuffer().putInt(block).putInt(length).putLong(offset);
            pipe.writer().writeFully(header.segment(), 0, 16);
            assertThatThrownBy(() -> taker.take(new HeldPages(List.of(there))))
                    .isInstanceOf(MalformedStreamException.class).hasMessageContaining(said);
        }
        assertThat(touched(there)).isZero();
    }

    /** The call that empties a pipe gives our own memory to its sender, if the end is the wrong one. */
    @Test
    void theWrongEndsOfPipesAreRefused() throws Exception {
        List<Fd> swapped = new ArrayList<>();
        for (Fd end : giving.descriptors()) {
            swapped.addFirst(end.duplicate());
        }
        assertThatThrownBy(() -> taking.begin(swapped)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("an end of a pipe that is WRITE_ONLY, expected READ_ONLY");
        assertThat(touched(there)).isZero();
    }

    @Test
    void whatIsNoSealedMemfdOfTheRightSizeIsNotMapped() throws Exception {
        var handOver = new MemfdsTaking(List.of(there));
        try (Pipe pipe = Pipe.open()) {
            assertThatThrownBy(() -> handOver.begin(List.of(pipe.reader()))).hasMessageContaining("is no memfd");
        }
        Fd small = MemFd.create("small", RamBlock.PAGE_SIZE);
        assertThatThrownBy(() -> handOver.begin(List.of(small)))
                .hasMessage("the memfd of RAM block 'pc.ram' has 4096 bytes, expected 33554432");
        Fd loose = MemFd.createFile("loose");
        loose.truncate(there.byteSize());
        assertThatThrownBy(() -> handOver.begin(List.of(loose))).hasMessageContaining("is not sealed");
        assertThatThrownBy(() -> handOver.begin(List.of())).hasMessage("0 memfds for 1 RAM blocks");
        assertThat(small.isOpen() || loose.isOpen()).isFalse();
        assertThat(there.memory().isShared()).isFalse();
    }
}
