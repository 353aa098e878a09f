package io.godwit.client.shell;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** Where typed lines are kept: in the state directory of the XDG Base Directory Specification, for the user's eyes only, as passwords may be among them. */
public final class HistoryFile {

    private HistoryFile() {}

    /**
     * The file, which is there and private when this returns.
     *
     * @param environment the process's
     * @param home the user's directory
     */
    public static Path prepare(Map<String, String> environment, Path home) throws IOException {
        Path directory = stateDirectory(environment, home).resolve("godwit");
        Files.createDirectories(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = directory.resolve("qmp-history");
        var owner = PosixFilePermissions.fromString("rw-------");
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(owner));
        } catch (FileAlreadyExistsException e) {
            Files.setPosixFilePermissions(file, owner);
        }
        return file;
    }

    /** As the specification has it, a path that is not absolute does not count. */
    private static Path stateDirectory(Map<String, String> environment, Path home) {
        String given = environment.getOrDefault("XDG_STATE_HOME", "");
        return given.startsWith("/") ? Path.of(given) : home.resolve(".local/state");
    }
}
