package io.godwit.engine.incoming;

import io.godwit.engine.mappedram.PagesInFile;

/** What a stream was, as far as it has been read. */
sealed interface LoadedStream {

    /** All of a guest. It need only be settled. */
    record Whole() implements LoadedStream {}

    /** What precedes the package with which postcopy begins, and that. */
    record Packaged(PostcopyPackage packaged) implements LoadedStream {}

    /**
     * The RAM section of a mapped-ram file, up to and including the type byte of the first device section; no page has been loaded.
     */
    record InFile(PagesInFile pages) implements LoadedStream {}
}
