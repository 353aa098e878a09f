package io.godwit.protocol.localhost;

import io.godwit.protocol.stream.MalformedStreamException;

/** How RAM goes from one process to the other. */
public enum Way {
    /** Both map the same memfds, whose descriptors are passed: nothing moves. */
    HANDOVER(1),
    /** Pages go through a pipe, and each leaves the one process as it comes into being in the other. */
    FLIP(2);

    private final int code;

    Way(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Way of(int code) throws MalformedStreamException {
        for (Way way : values()) {
            if (way.code == code) {
                return way;
            }
        }
        throw new MalformedStreamException("way %d of moving RAM, expected 1 (hand-over) or 2 (flip)".formatted(code));
    }
}
