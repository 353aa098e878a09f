package io.godwit.inspect;

import io.godwit.inspect.StreamReport.Pages.Mapped;
import io.godwit.inspect.StreamReport.Pages.Streamed;
import io.godwit.protocol.stream.DeviceTail;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A report as a value for a program. All offsets and sizes are in bytes. */
public final class ReportJson {
    private ReportJson() {}

    /** One value about the input that the user calls {@code name}; how it stands to its seal, if that was asked. */
    public static ObjectNode of(String name, Report report, Optional<SealReport> seal) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", name);
        switch (report) {
            case StreamReport stream -> stream(json, stream);
            case ChannelReport channel -> channel(json, channel);
            case PreemptReport preempt -> blocks(json.put("form", "postcopy-preempt channel"), preempt.blocks());
        }
        json.put("start", report.start()).put("end", report.end()).put("accounted-for", report.accountedFor())
                .put("whole",
                        report.isWhole() && !seal.map(SealReport::isDamaged).orElse(false));
        seal.ifPresent(each -> each.addTo(json));
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : report.findings()) {
            finding(findings.addObject(), finding);
        }
        return json;
    }

    private static void stream(ObjectNode json, StreamReport report) {
        json.put("form", report.form().words());
        report.configuration().ifPresent(configuration -> {
            json.put("machine-type", configuration.machineType());
            ArrayNode capabilities = json.putArray("capabilities");
            configuration.capabilities().stream().map(Words::of).sorted().forEach(capabilities::add);
            configuration.uuid().ifPresent(uuid -> json.put("uuid", uuid.toString()));
        });
        ArrayNode order = json.putArray("order");
        report.order().forEach(run -> order.addObject().put("what", run.what()).put("count", run.count()));
        ArrayNode blocks = json.putArray("blocks");
        report.blocks().forEach(block -> block(blocks.addObject(), block));
        json.put("multifd-flushes", report.flushes());
        report.packageBytes().ifPresent(bytes -> json.put("package-bytes", bytes));
        report.tail().ifPresent(tail -> tail(json, tail));
    }

    private static void block(ObjectNode json, StreamReport.Block block) {
        json.put("name", block.name()).put("size", block.lengthBytes());
        switch (block.pages()) {
            case Streamed(long normal, long zero, long xbzrle) ->
                json.put("normal", normal).put("zero", zero).put("xbzrle", xbzrle);
            case Mapped mapped -> {
                json.put("present", mapped.present()).put("zero", mapped.zero());
                mapped.stale().ifPresent(stale -> json.put("stale", stale));
                json.put("bitmap-offset", mapped.bitmapOffset()).put("pages-offset", mapped.pagesOffset());
            }
        }
    }

    private static void tail(ObjectNode json, StreamReport.Tail tail) {
        tail.runState().ifPresent(state -> json.put("run-state", state));
        ObjectNode node = json.putObject("device-state").put("offset", tail.offset())
                .put("section-bytes", tail.sectionBytes()).put("description-bytes", tail.descriptionBytes());
        ArrayNode devices = node.putArray("devices");
        for (DeviceTail.Section section : tail.sections()) {
            devices.addObject().put("name", section.name())
                    .put("instance-id", Integer.toUnsignedLong(section.instanceId()))
                    .put("version", Integer.toUnsignedLong(section.version())).put("size", section.bodyBytes());
        }
    }

    private static void channel(ObjectNode json, ChannelReport report) {
        json.put("form", "multifd channel").put("channel", report.channel()).put("uuid", report.uuid().toString())
                .put("compression", report.compression()).put("packets", report.packets()).put("syncs", report.syncs())
                .put("device-states", report.deviceStates()).put("data-bytes", report.dataBytes());
        blocks(json, report.blocks());
    }

    private static void blocks(ObjectNode json, List<ChannelReport.Block> counted) {
        ArrayNode blocks = json.putArray("blocks");
        for (var block : counted) {
            blocks.addObject().put("name", block.name()).put("normal", block.normal()).put("zero", block.zero());
        }
    }

    private static void finding(ObjectNode json, Finding finding) {
        String kind = switch (finding) {
            case Finding.Truncated _ -> "truncated";
            case Finding.Unexpected _ -> "unexpected";
            case Finding.Malformed _ -> "malformed";
            case Finding.LeftOver _ -> "left-over";
            case Finding.EmptyBitmaps _ -> "empty-bitmaps";
        };
        json.put("kind", kind).put("offset", finding.offset()).put("desc", finding.sentence());
        if (finding instanceof Finding.Unexpected unexpected) {
            json.put("what", unexpected.what()).put("got", unexpected.got()).put("expected", unexpected.expected());
        }
    }
}
