package io.godwit.engine.paging;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RAM whose pages come when they are touched: page n is filled with n + 1. */
final class PagedRamTest {
    private static final long PAGE = 4096;
    private static final long HUGE_PAGE = 2 << 20;
    private static final int PAGES = 192;
    private static final long END = -1;

    @TempDir
    Path dir;
    private SortedSet<String> descriptors = new TreeSet<>();

    @BeforeEach
    void count() throws IOException {
        DirtyTracking.assume();
        descriptors = ProcessResources.descriptors();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("faults", "server");
    }

    /** What is under the RAM. */
    enum Backing {
        ANONYMOUS,
        MEMFD;

        Mapping map(long bytes) throws IOException {
            if (this == ANONYMOUS) {
                return Mapping.anonymous(bytes);
            }
            try (Fd memfd = MemFd.create("test", bytes)) {
                return Mapping.shared(memfd, bytes);
            }
        }
    }

    /** A page that is given back right after it came, and before that was noted, would be asked for again, in vain. */
    @ParameterizedTest
    @EnumSource
    void nothingIsGivenBackBeforeAllIsHere(Backing backing) throws IOException {
        try (var block = new MemoryBlock("pc.ram", backing.map(PAGES * PAGE))) {
            try (var _ = new PagedRam(List.of(block), new ReceivedPages(List.of(block)), (_, _, _) -> {},
                    new FaultStatistics(), Optional.empty())) {
                assertThat(block.giveBack(0, PAGE)).isZero();
            }
            assertThat(block.giveBack(0, PAGE)).isEqualTo(PAGE);
        }
    }

    /** A source that answers each request by itself, on a thread of its own. */
    private static final class Served implements AutoCloseable {
        final FaultStatistics statistics = new FaultStatistics();
        /** The only vCPU is the thread that makes this. */
        final Blocktime blocktime = new Blocktime(List.of(NativeThread.currentId()));
        final MemoryBlock block;
        final ReceivedPages received;
        private final LinkedBlockingQueue<Long> requests = new LinkedBlockingQueue<>();
        private final CompletableFuture<Void> served = new CompletableFuture<>();
        private final PagedRam ram;
        private final Thread server;

        Served(Mapping memory) throws IOException {
            block = new MemoryBlock("pc.ram", memory);
            received = new ReceivedPages(List.of(block));
            ram = new PagedRam(List.of(block), received, (index, offset, length) -> requests.add(offset), statistics,
                    Optional.of(blocktime));
            server = Thread.ofPlatform().name("server").start(this::serve);
        }

        Mapping memory() {
            return block.memory();
        }

        private void serve() {
            try (PageSink sink = ram.installer(); var page = new NativeBuffer(PAGE)) {
                for (long offset = requests.take(); offset != END; offset = requests.take()) {
                    for (long at = offset; at < offset + memory().pageSize(); at += PAGE) {
                        page.segment().asSlice(0, PAGE).fill((byte) (at / PAGE + 1));
                        sink.page(0, at, page.segment(), 0);
                    }
                }
                served.complete(null);
            } catch (IOException | InterruptedException | RuntimeException e) {
                served.completeExceptionally(e);
            }
        }

        @Override
        public void close() {
            requests.add(END);
            served.join();
            while (server.isAlive()) {
                Thread.onSpinWait();
            }
            ram.close();
            block.close();
        }
    }

    /** All pages of {@code memory}, read by a native call each; returns the first that is not as it should be. */
    private static long firstWrong(Mapping memory, int from, int step) {
        try (var page = new NativeBuffer(PAGE)) {
            for (long i = from; i < memory.byteSize() / PAGE; i += step) {
                memory.copyTo(i * PAGE, page.segment(), 0, PAGE);
                long expected = 0x0101010101010101L * (i + 1 & 0xff);
                if (page.segment().get(JAVA_LONG, PAGE - Long.BYTES) != expected) {
                    return i;
                }
            }
            return -1;
        }
    }

    /** A thread that waits for a page counts as one that may be stopped: else this would stand still for ever. */
    @ParameterizedTest
    @EnumSource(Backing.class)
    void servesFaultsUnderConstantGarbageCollection(Backing backing) throws Exception {
        var over = new AtomicBoolean();
        Thread collector = Thread.ofPlatform().name("collector").start(() -> {
            while (!over.get()) {
                System.gc();
            }
        });
        try (var served = new Served(backing.map(PAGES * PAGE))) {
            List<CompletableFuture<Long>> touchers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int from = i;
                var wrong = new CompletableFuture<Long>();
                touchers.add(wrong);
                Thread.ofPlatform().name("toucher").start(() -> wrong.complete(firstWrong(served.memory(), from, 3)));
            }
            for (CompletableFuture<Long> toucher : touchers) {
                assertThat(toucher.get()).isEqualTo(-1);
            }
            assertThat(served.statistics.requests()).isEqualTo(PAGES);
            assertThat(served.received.bitmap(0).cardinality()).isEqualTo(PAGES);
        } finally {
            over.set(true);
            collector.join();
        }
    }

    /** The kernel touches the page on behalf of a system call, with O_DIRECT by taking hold of it beforehand. */
    @ParameterizedTest
    @EnumSource(Backing.class)
    void servesSystemCallsIntoAndOutOfMissingPages(Backing backing) throws Exception {
        Path file = dir.resolve("file");
        Files.write(file, "abcdefgh".repeat(2 * (int) PAGE / 8).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        try (var served = new Served(backing.map(64 * PAGE));
                var page = new NativeBuffer(PAGE);
                Fd buffered = Fd.open(file, Set.of(OpenFlag.READ), 0);
                Fd direct = Fd.open(file, Set.of(OpenFlag.READ, OpenFlag.DIRECT), 0);
                Fd out = Fd.open(dir.resolve("out"), Set.of(OpenFlag.WRITE, OpenFlag.CREATE), 0600)) {
            Mapping memory = served.memory();
            assertThat(memory.preadFrom(buffered, 0, 3 * PAGE + 16, 8)).isEqualTo(8);
            memory.copyTo(3 * PAGE, page.segment(), 0, PAGE);
            assertThat(page.segment().get(JAVA_LONG, 0)).isEqualTo(0x0404040404040404L);
            assertThat(page.segment().get(JAVA_LONG, 16)).isEqualTo(0x6867666564636261L);
            assertThat(page.segment().get(JAVA_LONG, 24)).isEqualTo(0x0404040404040404L);
            assertThat(memory.preadFrom(direct, 0, 10 * PAGE, 2 * PAGE)).isEqualTo(2 * PAGE);
            memory.copyTo(11 * PAGE, page.segment(), 0, PAGE);
            assertThat(page.segment().get(JAVA_LONG, PAGE - Long.BYTES)).isEqualTo(0x6867666564636261L);
            assertThat(memory.pwriteTo(out, 0, 20 * PAGE, PAGE)).isEqualTo(PAGE);
            assertThat(Files.readAllBytes(dir.resolve("out"))).containsOnly(21);
            assertThat(served.statistics.requests()).isEqualTo(4);
        }
    }

    @Test
    void tellsHowLongAVcpuWaitedAndNobodyElse() throws Exception {
        try (var served = new Served(Mapping.anonymous(64 * PAGE))) {
            var wrong = new CompletableFuture<Long>();
            Thread.ofPlatform().start(() -> wrong.complete(firstWrong(served.memory(), 0, 2)));
            assertThat(wrong.get()).isEqualTo(-1);
            assertThat(served.blocktime.vcpuNanos()).containsExactly(0L);
            assertThat(firstWrong(served.memory(), 1, 2)).isEqualTo(-1);
            assertThat(served.blocktime.allNanos()).isPositive();
            assertThat(served.blocktime.vcpuNanos()).containsExactly(served.blocktime.allNanos());
            assertThat(served.statistics.counts().served().nanos()).isGreaterThan(served.blocktime.allNanos());
        }
    }

    @Test
    void whoWaitsGoesOnWithZerosWhenItIsClosed() throws Exception {
        var asked = new CompletableFuture<Long>();
        try (var block = new MemoryBlock("pc.ram", Mapping.anonymous(4 * PAGE))) {
            var received = new ReceivedPages(List.of(block));
            var zero = new CompletableFuture<Boolean>();
            try (var ram = new PagedRam(List.of(block), received, (index, offset, length) -> asked.complete(offset),
                    new FaultStatistics(), Optional.empty())) {
                Thread.ofPlatform().start(() -> zero.complete(block.memory().isZero(2 * PAGE, PAGE)));
                assertThat(asked.get()).isEqualTo(2 * PAGE);
                assertThat(ram.awaitsPages()).isTrue();
            }
            assertThat(zero.get()).isTrue();
        }
    }

    @Test
    void aPageThatComesAmongItsNeighboursEndsItsFaultToo() throws Exception {
        var asked = new CompletableFuture<Long>();
        var statistics = new FaultStatistics();
        try (var block = new MemoryBlock("pc.ram", Mapping.anonymous(16 * PAGE));
                var pages = new NativeBuffer(16 * PAGE);
                var ram = new PagedRam(List.of(block), new ReceivedPages(List.of(block)),
                        (index, offset, length) -> asked.complete(offset), statistics, Optional.empty());
                PageSink sink = ram.installer()) {
            var zero = new CompletableFuture<Boolean>();
            Thread.ofPlatform().start(() -> zero.complete(block.memory().isZero(5 * PAGE, PAGE)));
            assertThat(asked.get()).isEqualTo(5 * PAGE);
            sink.pages(0, 0, pages.segment(), 0, 16 * PAGE);
            assertThat(zero.get()).isTrue();
            assertThat(statistics.counts().served().nanos()).isPositive();
            assertThat(ram.awaitsPages()).isFalse();
            assertThatThrownBy(() -> sink.pages(0, 8 * PAGE, pages.segment(), 0, PAGE))
                    .isInstanceOf(MalformedStreamException.class);
        }
    }

    @Test
    void refusesAPageThatIsThereAlready() throws Exception {
        try (var block = new MemoryBlock("pc.ram", Mapping.anonymous(4 * PAGE)); var page = new NativeBuffer(PAGE)) {
            block.memory().setHugePages(false);
            block.memory().populate(0, PAGE); // by precopy, say, and not discarded since
            try (var ram = new PagedRam(List.of(block), new ReceivedPages(List.of(block)), (i, offset, length) -> {},
                    new FaultStatistics(), Optional.empty()); PageSink sink = ram.installer()) {
                assertThatThrownBy(() -> sink.page(0, 0, page.segment(), 0))
                        .isInstanceOf(MalformedStreamException.class).hasMessage(
                                "page at offset 0x0 of block 'pc.ram' is there already: it comes in postcopy and was not"
                                        + " discarded before");
                sink.zero(0, PAGE);
                assertThatThrownBy(() -> sink.zero(0, PAGE)).isInstanceOf(MalformedStreamException.class)
                        .hasMessage("page at offset 0x1000 of block 'pc.ram' comes twice, expected once in postcopy");
            }
        }
    }

    @Test
    void putsHugePagesTogether() throws Exception {
        Path count = Path.of("/proc/sys/vm/nr_hugepages");
        assumeTrue(Files.isWritable(count), "filling the pool of huge pages takes root");
        String before = Files.readString(count).strip();
        try {
            Files.writeString(count, Long.toString(Long.parseLong(before) + 4));
            try (Fd memfd = MemFd.createHuge("test", 4 * HUGE_PAGE);
                    var served = new Served(Mapping.shared(memfd, 4 * HUGE_PAGE))) {
                var wrong = new CompletableFuture<Long>();
                Thread.ofPlatform().start(() -> wrong.complete(firstWrong(served.memory(), 0, 1)));
                assertThat(wrong.get()).isEqualTo(-1);
                assertThat(served.statistics.requests()).isEqualTo(4);
            }
        } finally {
            Files.writeString(count, before);
        }
    }
}
