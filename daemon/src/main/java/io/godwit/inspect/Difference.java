package io.godwit.inspect;

import java.util.List;
import java.util.stream.Collectors;

/** Something in which two inputs differ, called the first and the second. */
public sealed interface Difference {

    /** For a person; nothing in it can act on a terminal. */
    String sentence();

    /** One of the two inputs. */
    enum Side {
        FIRST("first"),
        SECOND("second");

        private final String word;

        Side(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /** Another machine: {@code what} is the machine type or the UUID. */
    record Machine(String what, String first, String second) implements Difference {
        @Override
        public String sentence() {
            return "%s: %s in the first, %s in the second".formatted(what, Printable.of(first), Printable.of(second));
        }
    }

    record BlockOnlyIn(String block, Side side) implements Difference {
        @Override
        public String sentence() {
            return "RAM block %s: only in the %s".formatted(block, side.word());
        }
    }

    record BlockLength(String block, long firstBytes, long secondBytes) implements Difference {
        @Override
        public String sentence() {
            return "RAM block %s: %d bytes in the first, %d in the second".formatted(block, firstBytes, secondBytes);
        }
    }

    /** Pages with another content; {@code firstRanges} are the first of them. */
    record Pages(String block, long count, List<Range> firstRanges) implements Difference {
        public Pages {
            firstRanges = List.copyOf(firstRanges);
        }

        @Override
        public String sentence() {
            long told = firstRanges.stream().mapToLong(Range::pages).sum();
            return "RAM block %s: %d pages differ: %s%s".formatted(block, count,
                    firstRanges.stream().map(Range::toString).collect(Collectors.joining(", ")),
                    told < count ? ", ..." : "");
        }
    }

    /** {@code pages} pages from {@code firstPage} on. */
    record Range(long firstPage, long pages) {
        @Override
        public String toString() {
            return pages == 1 ? String.valueOf(firstPage) : firstPage + "-" + (firstPage + pages - 1);
        }
    }

    /** A device section, known by its name and its instance. */
    record Device(String name, int instanceId) {
        @Override
        public String toString() {
            return "device %s, instance %s".formatted(Printable.of(name), Integer.toUnsignedString(instanceId));
        }
    }

    record DeviceOnlyIn(Device device, Side side) implements Difference {
        @Override
        public String sentence() {
            return "%s: only in the %s".formatted(device, side.word());
        }
    }

    record DeviceVersion(Device device, int first, int second) implements Difference {
        @Override
        public String sentence() {
            return "%s: version %s in the first, %s in the second".formatted(device, Integer.toUnsignedString(first),
                    Integer.toUnsignedString(second));
        }
    }

    record DeviceLength(Device device, int firstBytes, int secondBytes) implements Difference {
        @Override
        public String sentence() {
            return "%s: %d bytes in the first, %d in the second".formatted(device, firstBytes, secondBytes);
        }
    }

    /** {@code offset} of the first byte that differs, in bytes from the section's body. */
    record DeviceBytes(Device device, int offset, int first, int second) implements Difference {
        @Override
        public String sentence() {
            return "%s: byte %d is 0x%02x in the first, 0x%02x in the second".formatted(device, offset, first, second);
        }
    }
}
