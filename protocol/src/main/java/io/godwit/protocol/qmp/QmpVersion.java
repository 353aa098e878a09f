package io.godwit.protocol.qmp;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code VersionInfo}: the QEMU whose monitor this is like, and who it really is. */
public record QmpVersion(int major, int minor, int micro, String packageName) {

    /** Clients choose their commands by QEMU's numbers; the package says that it is Godwit. */
    public static final QmpVersion GODWIT = new QmpVersion(10, 0, 2, "godwit-0.1.0");

    /** As the greeting and {@code query-version} show it. */
    public ObjectNode toJson() {
        ObjectNode version = JsonNodeFactory.instance.objectNode();
        version.putObject("qemu").put("major", major).put("minor", minor).put("micro", micro);
        return version.put("package", packageName);
    }
}
