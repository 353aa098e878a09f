package io.godwit.daemon.config;

import java.util.function.Function;
import picocli.CommandLine.Model.OptionSpec;

/** Every option of {@code godwitd}: its name, what its value is, and its line in {@code --help}. */
enum Option {
    QMP("qmp", "ADDRESS", MonitorAddress::parse,
            "Serve a QMP monitor of the guest: unix:PATH[,server=on,wait=off][,mode=0660], or fd:N for an inherited "
                    + "listening socket. May be repeated."),
    NAME("name", "NAME", GuestOptions::name, "The guest's name in logs, metrics and query-name."),
    MEMORY("m", "SIZE", GuestOptions::memory,
            "The guest's memory, 1M to 1024G; a plain number is MiB. With --accel none the most RAM that may arrive, all "
                    + "blocks together. Default: 128M."),
    SMP("smp", "N", GuestOptions::cpus, "vCPUs, or writing threads of a workload, 1 to 16. Default: 1."),
    ACCEL("accel", "KIND", Accelerator::parse,
            "What runs: kvm, workload (threads that write memory, without KVM), or none: RAM and devices that arrive "
                    + "in a stream are held and can be sent on. Default: kvm if /dev/kvm can be used and no --workload "
                    + "is given."),
    BOOT_IMAGE("boot-image", "FILE", GuestOptions::file,
            "kvm: a raw image, at most 64 KiB, started at 0x7c00 in real mode instead of the built-in one."),
    HOG("hog", "SIZE", MemorySize::parsePages,
            "kvm: how much memory the built-in guest writes and frees again before it is busy. Default: none."),
    WORKLOAD("workload", "SPEC", Workload::parse,
            "workload: fill=SIZE,dirty=SIZE,rate=PAGES/s[,disk=FILE][,hog=SIZE][,hints=on|off]. Default: a quarter of memory, 1M of "
                    + "it, 256; no disk, no hog. What is dirtied goes to the disk, too: a raw file or a FUSE export, at least as "
                    + "large as the fill. A hog writes its memory once, after the fill, and frees it; with hints it says so."),
    RAM("ram", "KIND", RamKind::parse,
            "Where memory lives: anonymous, memfd[,pagesize=2M], or with --accel none mapped-ram:FILE. Default: "
                    + "anonymous."),
    SEAL("seal", "on|off", Option::onOff,
            "Whether a file that the guest is saved into gets a seal, FILE.seal, by which damage shows. Default: on."),
    SERIAL("serial", "WHERE", SerialPort::parse,
            "kvm: COM1's other end: none, stdio, file:PATH or unix:PATH. Default: none."),
    INCOMING("incoming", "URI", Function.identity(),
            "Wait for a migration at a URI; with 'defer', until migrate-incoming names one. --accel none waits without "
                    + "it too."),
    PAUSED("S", "", Function.identity(), "Do not start the vCPUs."),
    UUID("uuid", "UUID", GuestOptions::uuid, "The guest's UUID."),
    QEMU("qemu", "unix:PATH", SocketPath::parseUnix,
            "The guest is the one in the QEMU behind this QMP monitor: commands are passed on to it, and snapshots taken "
                    + "through this daemon."),
    BLOCK_QMP("block-qmp", "unix:PATH", SocketPath::parseUnix,
            "The QMP monitor of the block layer that carries out what is asked of disks: a qemu-storage-daemon, or a "
                    + "QEMU."),
    ADD_FD("add-fd", "SPEC", InheritedDescriptor::parse,
            "Put an inherited descriptor into a set: fd=N,set=M[,opaque=TEXT]. May be repeated."),
    METRICS("metrics", "HOST:PORT", HostPort::parse, "Serve /metrics (Prometheus) and /healthz by HTTP."),
    RESTORES("restores", "FILE", GuestOptions::file,
            "Keep in a file which restores of QEMUs are under way, so that a daemon that is started again goes on with them."),
    PIDFILE("pidfile", "FILE", GuestOptions::file, "Write the process id to a file, removed at the end."),
    LOG_FORMAT("log-format", "FORMAT", LogFormat::parse, "text or json, to standard error. Default: text."),
    REHEARSE("rehearse", "on|off", Option::onOff,
            "Whether a few small migrations within this process come first, over 127.0.0.1 too, so that the first real one is as "
                    + "fast as the next: about two seconds of a processor. Default: on."),
    /** Not for people: a daemon tells it to the one that is to take its place. */
    TAKE_OVER("take-over", "unix:PATH", SocketPath::parseUnix, ""),
    CONTROL("control", "ADDRESS", MonitorAddress::parse,
            "Serve the control monitor, where guests are added and removed: as --qmp. Without --qmp there is no guest at "
                    + "first."),
    ALLOW("allow", "RULE", AllowedPeers.Rule::parse,
            "Who may be a client of any monitor: uid=N, gid=N or uid=N,gid=N. May be repeated. Default: who may open the "
                    + "socket."),
    VERSION("version", "", Function.identity(), "Print the version."),
    HELP("help", "", Function.identity(), "Print this.");

    private final String word;
    private final String label;
    @SuppressWarnings("ImmutableEnumChecker") // Every one is a reference to a static method: no state.
    private final Function<String, ?> parser;
    private final String help;

    Option(String word, String label, Function<String, ?> parser, String help) {
        this.word = word;
        this.label = label;
        this.parser = parser;
        this.help = help;
    }

    /** Whether it says something of the guest, not of the daemon. */
    boolean describesGuest() {
        return switch (this) {
            case CONTROL, ALLOW, METRICS, PIDFILE, LOG_FORMAT, REHEARSE, TAKE_OVER, VERSION, HELP -> false;
            default -> true;
        };
    }

    GuestOption.Shape shape() {
        if (this == SMP) {
            return GuestOption.Shape.NUMBER;
        }
        return label.isEmpty()
                ? GuestOption.Shape.SWITCH
                : repeatable() ? GuestOption.Shape.TEXTS : GuestOption.Shape.TEXT;
    }

    String word() {
        return word;
    }

    /** The name that error messages use. */
    String dashed() {
        return word.length() == 1 ? "-" + word : "--" + word;
    }

    /** Both spellings: QEMU takes one dash as well as two. */
    OptionSpec spec() {
        var spec = OptionSpec.builder("-" + word, "--" + word).description(help).hidden(help.isEmpty());
        return (label.isEmpty()
                ? spec.type(boolean.class).arity("0").versionHelp(this == VERSION).usageHelp(this == HELP)
                : repeatable()
                        ? spec.type(java.util.List.class).auxiliaryTypes(Object.class).arity("1").paramLabel(label)
                                .converters(this::convert)
                        : spec.type(Object.class).arity("1").paramLabel(label).converters(this::convert))
                .build();
    }

    private static boolean onOff(String text) {
        return switch (text) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new BadOption("is '" + text + "', expected on or off");
        };
    }

    private boolean repeatable() {
        return this == QMP || this == ADD_FD || this == ALLOW;
    }

    private Object convert(String text) {
        try {
            return parser.apply(text);
        } catch (BadOption e) {
            throw new BadOption(dashed() + " " + e.getMessage());
        }
    }
}
