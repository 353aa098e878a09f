package io.godwit.inspect;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** The JDK's words about files, as sentences. */
public final class FileTrouble {
    private FileTrouble() {}

    /** The same failure, with a sentence that begins with {@code file}. */
    public static IOException of(String file, IOException e) {
        String what = switch (e) {
            case NoSuchFileException _ -> "No such file or directory";
            case AccessDeniedException _ -> "Permission denied";
            case FileAlreadyExistsException _ -> "It exists already";
            default -> String.valueOf(e.getMessage());
        };
        return new IOException(file + ": " + what, e);
    }
}
