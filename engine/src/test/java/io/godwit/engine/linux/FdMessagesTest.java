package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FdMessagesTest {
    private final SortedSet<String> descriptors = ProcessResources.descriptors();
    private final List<Fd> pair = StreamSocket.pair();
    private final FdMessages sender = new FdMessages(pair.get(0));
    private final FdMessages receiver = new FdMessages(pair.get(1));
    private final Fd gift = MemFd.create("gift", 4096);
    private final ByteBuffer in = ByteBuffer.allocateDirect(1024);

    FdMessagesTest() throws IOException {}

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        sender.close();
        receiver.close();
        pair.forEach(Fd::close);
        gift.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.allocateDirect(text.length()).put(text.getBytes(StandardCharsets.US_ASCII)).flip();
    }

    private String receive() throws IOException {
        receiver.receiveNow(in.clear());
        return StandardCharsets.US_ASCII.decode(in.flip()).toString();
    }

    @Test
    void carriesBytesWithoutDescriptors() throws IOException {
        assertThat(sender.sendNow(bytes("plain"), List.of())).isEqualTo(5);
        assertThat(receive()).isEqualTo("plain");
        assertThat(receiver.takeFds()).isEmpty();
    }

    @Test
    void carriesSeveralDescriptorsInOrder() throws IOException {
        try (Pipe pipe = Pipe.open()) {
            sender.sendNow(bytes("three"), List.of(gift, pipe.reader(), pipe.writer()));
            assertThat(receive()).isEqualTo("three");
            List<Fd> fds = receiver.takeFds();
            assertThat(fds).hasSize(3);
            assertThat(fds.get(0).size()).isEqualTo(4096);
            assertThat(fds.get(1).accessMode()).isEqualTo(AccessMode.READ_ONLY);
            assertThat(fds.get(2).accessMode()).isEqualTo(AccessMode.WRITE_ONLY);
            assertThat(receiver.takeFds()).as("taken once").isEmpty();
            fds.forEach(Fd::close);
        }
    }

    @Test
    void doesNotRunPastAMessageWithDescriptors() throws IOException {
        sender.sendNow(bytes("first "), List.of());
        sender.sendNow(bytes("with"), List.of(gift));
        sender.sendNow(bytes("after"), List.of());
        assertThat(receive()).isEqualTo("first with");
        assertThat(receiver.takeFds()).singleElement().satisfies(Fd::close);
        assertThat(receive()).isEqualTo("after");
        assertThat(receiver.takeFds()).isEmpty();
    }

    @Test
    void carriesAsManyAsTheKernelAllowsAndRefusesMore() throws IOException {
        sender.sendNow(bytes("x"), Collections.nCopies(FdMessages.MAX_FDS, gift));
        receive();
        assertThat(receiver.takeFds()).hasSize(253).allSatisfy(Fd::close);
        assertThatThrownBy(() -> sender.sendNow(bytes("x"), Collections.nCopies(254, gift)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> sender.sendNow(bytes(""), List.of(gift))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closesWhatCameWhenSomeWereLost() throws IOException {
        sender.sendNow(bytes("x"), Collections.nCopies(100, gift));
        var before = ProcessResources.descriptors();
        try (FdMessages small = new FdMessages(pair.get(1), 10)) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> small.receiveNow(in))
                    .withMessageContaining("descriptors lost after 10");
            assertThat(small.takeFds()).isEmpty();
            assertThat(ProcessResources.descriptors()).isEqualTo(before);
        }
    }

    @Test
    void closesDescriptorsThatNobodyTook() throws IOException {
        sender.sendNow(bytes("x"), List.of(gift, gift));
        receive();
        receiver.close();
        receiver.close();
    }

    @Test
    void tellsNothingYetFromTheEnd() throws IOException {
        assertThat(receiver.receiveNow(in.clear())).isEqualTo((int) Fd.WOULD_BLOCK);
        StreamSocket.shutdown(pair.get(0), StreamSocket.Half.WRITE);
        assertThat(receiver.receiveNow(in.clear())).isZero();
    }

    @Test
    void saysWhenThereIsNoRoom() throws IOException {
        ByteBuffer large = ByteBuffer.allocateDirect(1 << 20);
        while (sender.sendNow(large.clear(), List.of()) != Fd.WOULD_BLOCK) {
            assertThat(large.position()).isPositive();
        }
        assertThat(receive()).hasSize(1024);
    }

    @Test
    void reportsAPeerThatHasGone() {
        pair.get(1).close();
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> sender.sendNow(bytes("x"), List.of()))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
        assertThatThrownBy(() -> receiver.receiveNow(in)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void takesNativeAddressesAsTheyAre() throws IOException {
        try (NativeBuffer buffer = new NativeBuffer(100)) {
            MemorySegment segment = buffer.segment();
            segment.setString(0, "native");
            assertThat(sender.send(segment.address(), 6, List.of())).isEqualTo(6);
            assertThat(receiver.receiveNow(segment.address() + 50, 50)).isEqualTo(6);
            assertThat(segment.getString(50)).isEqualTo("native");
        }
    }
}
