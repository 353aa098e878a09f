package io.godwit.client;

import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/**
 * A disk to be caught in a snapshot: what it is at that instant stays in the image it has now, and what the guest writes from then
 * on goes to the overlay.
 *
 * @param node the block layer's name for it
 * @param overlay the new image, qcow2
 * @param overlayNode the new node's name
 */
record Disk(String node, Path overlay, String overlayNode) {

    /** {@code NODE=OVERLAY}; the {@code number} keeps the new names of one snapshot apart, and {@code now} those of several. */
    static Disk parse(String text, int number, long now) {
        int equals = text.indexOf('=');
        if (equals <= 0 || equals == text.length() - 1) {
            throw new IllegalArgumentException("--disk is '" + text + "', expected NODE=OVERLAY");
        }
        // A node's name has 31 characters at most and starts with a letter.
        return new Disk(text.substring(0, equals), Path.of(text.substring(equals + 1)).toAbsolutePath(),
                "s" + Long.toString(now, Character.MAX_RADIX) + "-" + number);
    }

    /** As an action of a transaction. */
    ObjectNode action() {
        var action = Monitor.JSON.createObjectNode().put("type", "blockdev-snapshot-sync");
        action.putObject("data").put("node-name", node).put("snapshot-file", overlay.toString())
                .put("snapshot-node-name", overlayNode).put("format", "qcow2");
        return action;
    }
}
