package io.godwit.protocol.qmp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The order in which QEMU goes through the members of an object: that of the 512 buckets of its hash table. It means nothing, but
 * clients see it in what is printed, and in which of several faults they are told.
 */
final class MemberOrder {
    private static final int BUCKETS = 512;
    private static final int SEED = 0x238F13AF;

    private MemberOrder() {}

    /** The members of an object in that order. */
    static List<Map.Entry<String, JsonNode>> of(JsonNode object) {
        var members = new ArrayList<>(object.properties());
        if (members.size() > 1) {
            // A later one of the same bucket comes before.
            Collections.reverse(members);
            members.sort(Comparator.comparingInt(member -> bucket(member.getKey())));
        }
        return members;
    }

    private static int bucket(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int value = SEED * bytes.length;
        for (int i = 0; i < bytes.length; i++) {
            value += (bytes[i] & 0xFF) << (i * 5 % 24);
        }
        return Integer.remainderUnsigned(1103515243 * value + 12345, BUCKETS);
    }
}
