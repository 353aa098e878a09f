package io.godwit.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The Java heap of a daemon that lives long. Asking leaves a thread and a socket in it, the first time. */
final class Heap {
    private static final Pattern GENERATION = Pattern.compile("(?:DefNew|Tenured) +total \\d+K, used (\\d+)K");

    private Heap() {}

    /** What is used after a full collection, in bytes. */
    static long usedBytes(DaemonProcess daemon) {
        String pid = Long.toString(daemon.pid());
        String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
        Programs.require(jcmd, pid, "GC.run");
        String told = Programs.require(jcmd, pid, "GC.heap_info");
        List<Long> kib = GENERATION.matcher(told).results().map(found -> Long.valueOf(found.group(1))).toList();
        assertThat(kib).as(told).hasSize(2);
        return kib.stream().mapToLong(Long::longValue).sum() << 10;
    }
}
