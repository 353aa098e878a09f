package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.seal.Sidecar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * By what a file is known again. A sealed one by its seal, wherever it is then; any other by its place on its device, its
 * length, and when it was last written to.
 *
 * @param place device and inode, as the file system numbers them
 * @param modified when it was last written to, in microseconds since 1970
 * @param seal the root of its seal
 */
public record FileIdentity(String place, long bytes, long modified, Optional<String> seal) {
    private static final Pattern TEXT = Pattern
            .compile("(\\S{1,100}) ([0-9]{1,18}) bytes, written (-?[0-9]{1,18})(?:, sealed ([0-9a-f]{64}))?");

    /** What stands at {@code path}, if that is what was {@code opened}. */
    static FileIdentity of(Path path, Fd opened, Optional<String> seal) throws IOException {
        FileIdentity identity = of(path, seal);
        if (!Sidecar.isStill(path.toRealPath(), opened)) {
            throw new IOException(path + " was replaced by another file while it was opened; try again");
        }
        return identity;
    }

    /** What stands at {@code path} now, of which the seal is taken for known. */
    public static FileIdentity of(Path path, Optional<String> seal) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileIdentity(String.valueOf(attributes.fileKey()).replace(' ', '_'), attributes.size(),
                attributes.lastModifiedTime().to(TimeUnit.MICROSECONDS), seal);
    }

    /** What is open, wherever it stands now. */
    static FileIdentity of(Fd opened, Optional<String> seal) throws IOException {
        return of(Path.of("/proc/self/fd/" + opened.number()), seal);
    }

    /** From what {@link #toString} gave. */
    public static FileIdentity parse(String text) throws IOException {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IOException("'" + text + "' does not identify a file");
        }
        return new FileIdentity(parts.group(1), Long.parseLong(parts.group(2)), Long.parseLong(parts.group(3)),
                Optional.ofNullable(parts.group(4)));
    }

    /** Whether both are of one file that nobody has written to in between. */
    public boolean isSame(FileIdentity other) {
        if (seal.isPresent() && other.seal.isPresent()) {
            return seal.equals(other.seal);
        }
        return isSamePlace(other);
    }

    /** Whether it is the very file, and not a copy of it. */
    public boolean isSamePlace(FileIdentity other) {
        return place.equals(other.place) && bytes == other.bytes && modified == other.modified;
    }

    @Override
    public String toString() {
        return "%s %d bytes, written %d%s".formatted(place, bytes, modified,
                seal.map(root -> ", sealed " + root).orElse(""));
    }
}
