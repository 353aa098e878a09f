package io.godwit.daemon.command.qemu;

import io.godwit.protocol.qmp.QmpException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** Which image each drive of a QEMU has: those of an overlay taken, or a medium changed, since it was started are not in its options. */
record Disks(Map<String, String> images) {
    private static final String NONE = "no medium";

    static Disks of(Qemu qemu) throws QmpException {
        var images = new TreeMap<String, String>();
        for (JsonNode drive : qemu.execute("query-block")) {
            String device = drive.path("device").asString("");
            images.put(device.isEmpty() ? drive.path("qdev").asString("") : device,
                    drive.path("inserted").path("file").asString(NONE));
        }
        return new Disks(images);
    }

    /** Refuses when the other QEMU would let the guest go on with other disks. */
    void checkSame(Disks other) throws QmpException {
        var names = new TreeMap<>(images);
        names.putAll(other.images);
        for (String name : names.keySet()) {
            String here = images.getOrDefault(name, "no such drive");
            String there = other.images.getOrDefault(name, "no such drive");
            if (!here.equals(there)) {
                throw new QmpException(
                        "Drive '%s' has '%s' here and '%s' in the other QEMU: give its whole command line ('qemu')"
                                .formatted(name, here, there));
            }
        }
    }
}
