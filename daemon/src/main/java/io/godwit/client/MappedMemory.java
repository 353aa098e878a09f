package io.godwit.client;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** Where in its file a saved guest's main memory lies, and how a QEMU takes it from there. */
record MappedMemory(String file, String block, long bytes, long offset) {

    /** From what the daemon says of the file. */
    MappedMemory(JsonNode saved) {
        this(saved.path("file").asString(""), saved.path("block").asString(""), saved.path("size").asLong(0),
                saved.path("offset").asLong(0));
    }

    /** Whether a QEMU so started has no other plans for its memory. Such a one gets its pages sent. */
    static boolean fits(List<String> command) {
        return command.stream().noneMatch(word -> word.contains("memory-backend") || word.equals("-mem-path"));
    }

    /** The file is opened for reading, and what the guest writes is the QEMU's own. A comma in a name is doubled for QEMU. */
    List<String> options() {
        String object = "memory-backend-file,id=%s,size=%d,mem-path=%s,offset=%d,share=off,readonly=on,rom=off"
                .formatted(block, bytes, file.replace(",", ",,"), offset);
        return List.of("-object", object, "-machine", "memory-backend=" + block);
    }
}
