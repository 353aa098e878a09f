package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** What parameter {@code block-bitmap-mapping} must be: one to one, with names that fit the stream's length bytes. */
final class BlockBitmapMapping {
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");
    private static final int LONGEST_ALIAS = 255;
    private static final int LONGEST_BITMAP = 1023;

    private BlockBitmapMapping() {}

    static void check(List<BitmapMigrationNodeAlias> mapping) throws QmpException {
        var nodes = new HashSet<String>();
        var aliases = new HashSet<String>();
        for (BitmapMigrationNodeAlias node : mapping) {
            bounded("node alias", node.alias(), LONGEST_ALIAS);
            if (!WELL_FORMED.matcher(node.alias()).matches()) {
                throw invalid("The node alias '" + node.alias() + "' is not well-formed");
            }
            once(nodes, node.nodeName(), "The node name '" + node.nodeName() + "' is mapped twice");
            once(aliases, node.alias(), "The node alias '" + node.alias() + "' is used twice");
            checkBitmaps(node);
        }
    }

    private static void checkBitmaps(BitmapMigrationNodeAlias node) throws QmpException {
        var names = new HashSet<String>();
        var aliases = new HashSet<String>();
        for (BitmapMigrationBitmapAlias bitmap : node.bitmaps()) {
            bounded("bitmap name", bitmap.name(), LONGEST_BITMAP);
            bounded("bitmap alias", bitmap.alias(), LONGEST_ALIAS);
            once(names, bitmap.name(), "The bitmap '" + node.nodeName() + "'/'" + bitmap.name() + "' is mapped twice");
            once(aliases, bitmap.alias(),
                    "The bitmap alias '" + node.alias() + "'/'" + bitmap.alias() + "' is used twice");
        }
    }

    private static void bounded(String what, String text, int longest) throws QmpException {
        if (text.getBytes(StandardCharsets.UTF_8).length > longest) {
            throw invalid("The " + what + " '" + text + "' is longer than " + longest + " bytes");
        }
    }

    private static void once(Set<String> seen, String text, String otherwise) throws QmpException {
        if (!seen.add(text)) {
            throw invalid(otherwise);
        }
    }

    private static QmpException invalid(String reason) {
        return new QmpException("Invalid mapping given for block-bitmap-mapping: " + reason);
    }
}
