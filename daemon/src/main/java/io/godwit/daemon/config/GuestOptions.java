package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec;
import io.godwit.engine.GuestSpec.Kind;
import io.godwit.engine.GuestSpec.Ram;
import io.godwit.engine.GuestSpec.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** The options that describe the guest, held against each other. */
final class GuestOptions {
    private static final long LEAST_MEMORY = 1L << 20;
    private static final long MOST_MEMORY = 1L << 40;
    /** QEMU's default. */
    private static final long DEFAULT_MEMORY = 128L << 20;
    private static final long HUGE_PAGE = 2L << 20;
    /** What only a guest that runs has a use for. */
    private static final List<Option> OF_RUNNING_GUESTS = List.of(Option.SMP, Option.BOOT_IMAGE, Option.HOG,
            Option.WORKLOAD,
            Option.SERIAL);

    /** What a QEMU was told on its own command line. */
    private static final List<Option> NOT_WITH_QEMU = List.of(Option.MEMORY, Option.SMP, Option.ACCEL,
            Option.BOOT_IMAGE, Option.HOG, Option.WORKLOAD, Option.RAM, Option.SERIAL, Option.INCOMING, Option.PAUSED,
            Option.UUID,
            Option.ADD_FD, Option.BLOCK_QMP, Option.RESTORES);

    private final ParsedOptions options;
    private final BooleanSupplier kvmUsable;

    GuestOptions(ParsedOptions options, BooleanSupplier kvmUsable) {
        this.options = options;
        this.kvmUsable = kvmUsable;
    }

    GuestSpec spec() {
        long memory = options.get(Option.MEMORY, Long.class).orElse(DEFAULT_MEMORY);
        Kind kind = kind(memory);
        boolean held = kind instanceof GuestSpec.Held;
        return new GuestSpec(options.get(Option.NAME, String.class).orElse(""), kind, memory, ram(held, memory),
                options.has(Option.PAUSED), held || options.has(Option.INCOMING),
                options.get(Option.UUID, UUID.class), options.get(Option.SEAL, Boolean.class).orElse(true));
    }

    private Kind kind(long memory) {
        if (options.has(Option.QEMU)) {
            NOT_WITH_QEMU.forEach(option -> refuse(option,
                    option.dashed() + " needs a guest of godwitd's own, got --qemu"));
            return new GuestSpec.Held();
        }
        int cpus = options.get(Option.SMP, Integer.class).orElse(1);
        return switch (accelerator()) {
            case KVM -> {
                refuse(Option.WORKLOAD, "--workload needs --accel workload, got --accel kvm");
                if (options.has(Option.BOOT_IMAGE)) {
                    refuse(Option.HOG, "--hog needs the built-in guest, got --boot-image");
                }
                yield new GuestSpec.Kvm(cpus, options.get(Option.BOOT_IMAGE, Path.class),
                        options.get(Option.HOG, Long.class).orElse(0L),
                        options.get(Option.SERIAL, Serial.class).orElse(new Serial.None()));
            }
            case WORKLOAD -> {
                refuse(Option.HOG, "--hog needs a kvm guest, got a workload guest: expected --workload hog=SIZE"
                        + becauseOfKvm());
                refuse(Option.BOOT_IMAGE, "--boot-image needs a kvm guest, got a workload guest" + becauseOfKvm());
                if (!(options.get(Option.SERIAL, Serial.class).orElse(new Serial.None()) instanceof Serial.None)) {
                    throw new BadOption("--serial needs a kvm guest, got a workload guest" + becauseOfKvm());
                }
                var workload = workload(memory);
                yield new GuestSpec.Workload(cpus, workload.fillBytes(), workload.hogBytes(),
                        workload.freeMemory(), workload.dirtyBytes(), workload.pagesPerSecond(), workload.disk());
            }
            case NONE -> {
                OF_RUNNING_GUESTS.forEach(option -> refuse(option,
                        option.dashed() + " needs a guest that runs here, got --accel none"));
                yield new GuestSpec.Held();
            }
        };
    }

    private Ram ram(boolean held, long memory) {
        Ram ram = options.get(Option.RAM, Ram.class).orElse(new Ram.Anonymous());
        switch (ram) {
            case Ram.Anonymous() -> {
            }
            case Ram.Memfd _ when held -> throw new BadOption(
                    "--ram memfd needs a guest that runs here, got --accel none: expected anonymous or mapped-ram:FILE");
            case Ram.Memfd(boolean hugePages) -> {
                if (hugePages && memory % HUGE_PAGE != 0) {
                    throw new BadOption("-m is " + memory + " bytes, expected whole pages of " + HUGE_PAGE
                            + " bytes, as --ram asks for");
                }
            }
            case Ram.MappedRamFile _ -> {
                if (!held) {
                    throw new BadOption("--ram mapped-ram:FILE needs --accel none, got a guest that runs here");
                }
            }
        }
        return ram;
    }

    private Workload workload(long memory) {
        try {
            return options.get(Option.WORKLOAD, Workload.class).orElse(Workload.DEFAULT).in(memory);
        } catch (BadOption e) {
            throw new BadOption("--workload " + e.getMessage());
        }
    }

    /** A workload is meant where one is described; otherwise KVM, if it is there. */
    private Accelerator accelerator() {
        return options.get(Option.ACCEL, Accelerator.class)
                .orElseGet(() -> options.has(Option.WORKLOAD) || !kvmUsable.getAsBoolean()
                        ? Accelerator.WORKLOAD
                        : Accelerator.KVM);
    }

    private String becauseOfKvm() {
        return options.has(Option.ACCEL) || options.has(Option.WORKLOAD) ? "" : " because /dev/kvm cannot be used here";
    }

    private void refuse(Option option, String sentence) {
        if (options.has(option)) {
            throw new BadOption(sentence);
        }
    }

    static long memory(String text) {
        String size = text.startsWith("size=") ? text.substring(5) : text;
        long bytes = MemorySize.parse(size);
        if (bytes < LEAST_MEMORY || bytes > MOST_MEMORY) {
            throw new BadOption("is " + bytes + " bytes, expected from 1 MiB to 1 TiB");
        }
        return MemorySize.parsePages(size);
    }

    static int cpus(String text) {
        return (int) Whole.parse(text.startsWith("cpus=") ? text.substring(5) : text, 1, 16);
    }

    /** {@code NAME} or QEMU's {@code guest=NAME,debug-threads=on}; threads here always have names. */
    static String name(String text) {
        String name = new KeyValues(text, "guest", List.of("guest", "debug-threads", "process")).get("guest")
                .orElse("");
        if (name.length() > 255 || name.chars().anyMatch(Character::isISOControl)) {
            throw new BadOption("has " + name.length() + " characters, expected at most 255 and none of them control");
        }
        return name;
    }

    static UUID uuid(String text) {
        if (!text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
            throw new BadOption("is '" + text + "', expected a UUID such as 550e8400-e29b-41d4-a716-446655440000");
        }
        return UUID.fromString(text);
    }

    static Path file(String text) {
        if (text.isEmpty()) {
            throw new BadOption("is empty, expected the path of a file");
        }
        return Path.of(text);
    }

    static Optional<String> incomingUri(String text) {
        return text.equals("defer") ? Optional.empty() : Optional.of(text);
    }
}
