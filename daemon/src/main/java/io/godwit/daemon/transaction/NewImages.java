package io.godwit.daemon.transaction;

import io.godwit.protocol.qapi.TransactionAction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The image files that a transaction makes where nothing was before: what has to go when it is undone, because a block layer
 * leaves them. A name is taken to mean the same file here as there; one that is not absolute is left alone.
 */
record NewImages(List<Path> files) {
    private static final Logger LOG = LoggerFactory.getLogger(NewImages.class);

    /** To be asked before any of them is made. */
    static NewImages of(List<TransactionAction> actions) {
        return new NewImages(actions.stream().flatMap(action -> image(action).stream()).distinct()
                .filter(file -> !Files.exists(file, LinkOption.NOFOLLOW_LINKS)).toList());
    }

    private static Optional<Path> image(TransactionAction action) {
        return action instanceof TransactionAction.Block(var _, var data)
                ? data.newImage().flatMap(NewImages::path).filter(Path::isAbsolute)
                : Optional.empty();
    }

    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Nobody may have any of them open. */
    void remove() {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("{} is left of a transaction that was undone: {}", file, e.getMessage());
            }
        }
    }
}
