package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec.Serial;
import java.nio.file.Path;
import java.util.List;

/** COM1's other end: {@code --serial}. */
final class SerialPort {
    private SerialPort() {}

    static Serial parse(String text) {
        return switch (text) {
            case "none", "null" -> new Serial.None();
            case "stdio" -> new Serial.Stdio();
            case String file when file.length() > 5 && file.startsWith("file:") ->
                new Serial.ToFile(Path.of(file.substring(5)));
            case String unix when unix.startsWith("unix:") -> listening(unix.substring(5));
            default -> throw new BadOption("is '" + text + "', expected none, stdio, file:PATH or unix:PATH");
        };
    }

    private static Serial listening(String text) {
        var values = new KeyValues(text, "path", List.of("path", "server", "wait"));
        values.mustBe("server", "on");
        values.mustBe("wait", "off");
        return new Serial.UnixSocket(SocketPath.parse(values.require("path")));
    }
}
