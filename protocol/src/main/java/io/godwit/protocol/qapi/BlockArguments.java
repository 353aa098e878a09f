package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.BuiltinType.ANY;
import static io.godwit.protocol.qapi.BuiltinType.BOOL;
import static io.godwit.protocol.qapi.BuiltinType.STR;
import static io.godwit.protocol.qapi.BuiltinType.UINT32;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a block command or block action takes: checked for shape, and passed on as it was given to a block layer, which knows
 * what it means.
 *
 * @param device what it is done to, as {@code device} names it; empty when it does not
 * @param nodeName the same, as {@code node-name} or {@code node} names it
 * @param given the arguments themselves
 */
public record BlockArguments(String device, String nodeName, ObjectNode given) {
    private static final Member<String> DEVICE = Member.required("device", STR);
    private static final Member<String> OPTIONAL_DEVICE = Member.optional("device", STR);
    private static final Member<String> NODE_NAME = Member.optional("node-name", STR);
    private static final Member<String> NODE = Member.required("node", STR);
    private static final Member<String> NAME = Member.required("name", STR);

    private static final Member<String> SNAPSHOT_FILE = Member.required("snapshot-file", STR);
    private static final Member<String> SNAPSHOT_NODE_NAME = Member.optional("snapshot-node-name", STR);
    private static final Member<String> FORMAT = Member.optional("format", STR);
    private static final Member<NewImageMode> MODE = Member.optional("mode", NewImageMode.TYPE);

    /** Of {@code blockdev-snapshot-sync}. */
    public static final ObjectType<BlockArguments> SNAPSHOT_SYNC = ObjectType.of("BlockdevSnapshotSync",
            in -> new BlockArguments(in.find(OPTIONAL_DEVICE).orElse(""), in.find(NODE_NAME).orElse(""), in.given()),
            OPTIONAL_DEVICE, NODE_NAME, SNAPSHOT_FILE, SNAPSHOT_NODE_NAME, FORMAT, MODE);

    private static final Member<String> OVERLAY = Member.required("overlay", STR);

    /** Of {@code blockdev-snapshot}. */
    public static final ObjectType<BlockArguments> SNAPSHOT = ofNode("BlockdevSnapshot", OVERLAY);

    /** Of {@code blockdev-snapshot-internal-sync}. */
    public static final ObjectType<BlockArguments> SNAPSHOT_INTERNAL = ofDevice("BlockdevSnapshotInternal", NAME);

    private static final Member<Boolean> AUTO_FINALIZE = Member.optional("auto-finalize", BOOL);
    private static final Member<Boolean> AUTO_DISMISS = Member.optional("auto-dismiss", BOOL);

    /** Of {@code blockdev-backup}. */
    public static final ObjectType<BlockArguments> BACKUP = ofDevice("BlockdevBackup", Member.optional("job-id", STR),
            Member.required("target", STR), Member.required("sync", STR), Member.optional("speed", BuiltinType.INT),
            Member.optional("bitmap", STR), Member.optional("bitmap-mode", STR), Member.optional("compress", BOOL),
            Member.optional("on-source-error", STR), Member.optional("on-target-error", STR),
            AUTO_FINALIZE, AUTO_DISMISS,
            Member.optional("filter-node-name", STR), Member.optional("discard-source", BOOL),
            Member.optional("x-perf", ANY));

    /** Of {@code block-dirty-bitmap-add}. */
    public static final ObjectType<BlockArguments> BITMAP_ADD = ofNode("BlockDirtyBitmapAdd", NAME,
            Member.optional("granularity", UINT32), Member.optional("persistent", BOOL),
            Member.optional("disabled", BOOL));

    /** Of {@code block-dirty-bitmap-remove}, {@code -clear}, {@code -enable} and {@code -disable}. */
    public static final ObjectType<BlockArguments> BITMAP = ofNode("BlockDirtyBitmap", NAME);

    private static final Member<List<JsonNode>> BITMAPS = Member.required("bitmaps", new ListType<>(ANY));

    /** Of {@code block-dirty-bitmap-merge}. */
    public static final ObjectType<BlockArguments> BITMAP_MERGE = ofNode("BlockDirtyBitmapMerge",
            Member.required("target", STR), BITMAPS);

    private static ObjectType<BlockArguments> ofNode(String name, Member<?>... further) {
        return ObjectType.of(name, in -> new BlockArguments(in.get(NODE), in.get(NODE), in.given()),
                with(NODE, further));
    }

    private static ObjectType<BlockArguments> ofDevice(String name, Member<?>... further) {
        return ObjectType.of(name, in -> new BlockArguments(in.get(DEVICE), in.get(DEVICE), in.given()),
                with(DEVICE, further));
    }

    private static Member<?>[] with(Member<?> first, Member<?>... further) {
        var all = new Member<?>[further.length + 1];
        all[0] = first;
        System.arraycopy(further, 0, all, 1, further.length);
        return all;
    }

    /** The image that a snapshot makes: absent where it is another command, and where the image is there already. */
    public Optional<String> newImage() {
        boolean made = !NewImageMode.EXISTING.qapiName().equals(given.path(MODE.name()).asString(""));
        return Optional.ofNullable(given.get(SNAPSHOT_FILE.name())).filter(file -> made).map(JsonNode::stringValue);
    }

    /** The same for a job that waits, when it is done and when it has ended, for a word of whoever began it. */
    public BlockArguments withJobHeld() {
        return new BlockArguments(device, nodeName,
                given.deepCopy().put(AUTO_FINALIZE.name(), false).put(AUTO_DISMISS.name(), false));
    }

    /** The same for an image that has been made meanwhile. */
    public BlockArguments withImageMade() {
        return newImage().isEmpty()
                ? this
                : new BlockArguments(device, nodeName,
                        given.deepCopy().put(MODE.name(), NewImageMode.EXISTING.qapiName()));
    }
}
