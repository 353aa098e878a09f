package io.godwit.inspect;

import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.DeviceTail;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stream or a mapped-ram file. What comes after damage that cannot be read past is missing.
 *
 * @param end how far it was read: the first byte that is not accounted for
 * @param order what came, in this order
 * @param flushes multifd's marks on the main channel; if there are any, pages travelled on other channels
 * @param packageBytes what the postcopy package held
 */
public record StreamReport(long start, long end, boolean accountedFor, Form form, Optional<Configuration> configuration,
        List<Order.Run> order,
        List<Block> blocks, long flushes, OptionalLong packageBytes, Optional<Tail> tail, List<Finding> findings)
        implements
            Report {

    public StreamReport {
        order = List.copyOf(order);
        blocks = List.copyOf(blocks);
        findings = List.copyOf(findings);
    }

    /** What kind of stream it is, by what came in it. */
    public enum Form {
        PRECOPY("precopy stream"),
        /** RAM has no END: each page was sent once, while the guest ran on. */
        BACKGROUND("background snapshot"),
        POSTCOPY("postcopy capture"),
        MAPPED_RAM("mapped-ram file"),
        MAPPED_RAM_BACKGROUND("mapped-ram file of a background snapshot");

        private final String words;

        Form(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }

        /** Whether pages lie at places of their own. */
        public boolean isMapped() {
            return this == MAPPED_RAM || this == MAPPED_RAM_BACKGROUND;
        }
    }

    /** One RAM block. */
    public record Block(String name, long lengthBytes, Pages pages) {}

    /** What is there of a block's pages. */
    public sealed interface Pages {

        /** Counts of records: a page may come any number of times. */
        record Streamed(long normal, long zero, long xbzrle) implements Pages {}

        /**
         * Counts of pages.
         *
         * @param stale pages that are zero by the bitmap, with data in the file nevertheless; only known when verified
         */
        record Mapped(long bitmapOffset, long pagesOffset, long present, long zero, OptionalLong stale)
                implements
                    Pages {}
    }

    /** The device state, from byte {@code offset} on. */
    public record Tail(long offset, List<DeviceTail.Section> sections, int sectionBytes, int descriptionBytes,
            Optional<String> runState) {
        public Tail {
            sections = List.copyOf(sections);
        }
    }
}
