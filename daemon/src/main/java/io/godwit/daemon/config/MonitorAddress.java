package io.godwit.daemon.config;

import java.nio.file.Path;
import java.util.List;

/** Where a QMP monitor is served: {@code --qmp}. */
public sealed interface MonitorAddress {

    /**
     * A unix socket that the daemon makes, and removes at its end.
     *
     * @param mode the file's permission bits, 0600 unless asked otherwise
     */
    record UnixSocket(Path path, int mode) implements MonitorAddress {}

    /** A listening unix socket that the daemon inherited: socket activation. */
    record Inherited(int fd) implements MonitorAddress {}

    static MonitorAddress parse(String text) {
        if (text.startsWith("fd:")) {
            return new Inherited((int) Whole.parse(text.substring(3), 0, 1 << 20));
        }
        if (!text.startsWith("unix:")) {
            throw new BadOption("is '" + text + "', expected unix:PATH[,server=on,wait=off][,mode=0660] or fd:N");
        }
        var values = new KeyValues(text.substring(5), "path", List.of("path", "server", "wait", "mode"));
        // A monitor that connects, or a daemon that waits for its first client, is nothing this daemon does.
        values.mustBe("server", "on");
        values.mustBe("wait", "off");
        return new UnixSocket(SocketPath.parse(values.require("path")), mode(values.get("mode").orElse("0600")));
    }

    private static int mode(String octal) {
        if (!octal.matches("0?[0-7]{3}")) {
            throw new BadOption("has 'mode=" + octal + "', expected three octal digits such as 0660");
        }
        return Integer.parseInt(octal, 8);
    }
}
