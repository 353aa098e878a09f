package io.godwit.it.soak;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.Programs;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The Java heap of a daemon that lives long. Asking leaves a thread and a socket in it, the first time. */
final class Heap {
    private static final Pattern USED = Pattern.compile("generation .*?used (\\d+)K");

    private Heap() {}

    /** What is used after a full collection, in bytes. */
    static long usedBytes(DaemonProcess daemon) {
        String pid = Long.toString(daemon.pid());
        String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
        Programs.require(jcmd, pid, "GC.run");
        return USED.matcher(Programs.require(jcmd, pid, "GC.heap_info")).results().map(MatchResult::group)
                .map(line -> line.replaceAll(".*used (\\d+)K", "$1")).mapToLong(kib -> Long.parseLong(kib) << 10).sum();
    }
}
