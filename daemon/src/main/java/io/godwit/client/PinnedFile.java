package io.godwit.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** A file that somebody has mapped: it may be replaced or removed, as the mapping keeps it, but not be written to. */
final class PinnedFile {
    private final Path path;
    private final BasicFileAttributes before;

    PinnedFile(Path path) throws IOException {
        this.path = path;
        before = Files.readAttributes(path, BasicFileAttributes.class);
    }

    /** Whether it is still there and has been written to. */
    boolean hasChanged() throws IOException {
        try {
            var now = Files.readAttributes(path, BasicFileAttributes.class);
            boolean same = now.size() == before.size() && now.lastModifiedTime().equals(before.lastModifiedTime());
            return String.valueOf(now.fileKey()).equals(String.valueOf(before.fileKey())) && !same;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
