package io.godwit.inspect;

import io.godwit.inspect.StreamReport.Block;
import io.godwit.inspect.StreamReport.Pages.Mapped;
import io.godwit.inspect.StreamReport.Pages.Streamed;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.DeviceTail;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** A report as lines for a person. */
public final class ReportText {
    private static final int PAGE_SIZE = 4096;

    private final List<String> lines = new ArrayList<>();

    private ReportText() {}

    /** Lines about the input that the user calls {@code name}; how it stands to its seal, if that was asked. */
    public static List<String> of(String name, Report report, Optional<SealReport> seal) {
        var text = new ReportText();
        switch (report) {
            case StreamReport stream -> text.stream(name, stream);
            case ChannelReport channel -> text.channel(name, channel);
            case PreemptReport preempt -> text.preempt(name, preempt);
        }
        text.verdict(report, seal);
        return text.lines;
    }

    private void stream(String name, StreamReport report) {
        lines.add(Printable.of(name) + ": " + report.form().words());
        report.configuration().ifPresent(this::configuration);
        report.tail().flatMap(StreamReport.Tail::runState).ifPresent(state -> row("run state", state));
        row("order", report.order().stream().map(run -> Printable.of(run.toString()))
                .collect(Collectors.joining(", ")));
        report.blocks().forEach(this::block);
        if (report.flushes() > 0) {
            row("multifd", report.flushes() + " flushes: pages travelled on other channels");
        }
        report.packageBytes().ifPresent(bytes -> row("package", bytes
                + " bytes; no VM description comes with it to tell its device sections apart"));
        report.tail().ifPresent(this::tail);
    }

    private void configuration(Configuration configuration) {
        row("machine", Printable.of(configuration.machineType()));
        var names = new TreeSet<String>();
        configuration.capabilities().forEach(capability -> names.add(Words.of(capability)));
        row("capabilities", names.isEmpty() ? "none in the stream" : String.join(", ", names));
        configuration.uuid().map(UUID::toString).ifPresent(uuid -> row("uuid", uuid));
    }

    private void block(Block block) {
        long pages = block.lengthBytes() / PAGE_SIZE;
        String counts = switch (block.pages()) {
            case Streamed(long normal, long zero, long xbzrle) ->
                "%d normal, %d zero, %d xbzrle came".formatted(normal, zero, xbzrle);
            case Mapped mapped -> mapped(mapped);
        };
        row("block", "%s: %d bytes, %d pages: %s".formatted(Printable.of(block.name()), block.lengthBytes(), pages,
                counts));
    }

    private static String mapped(Mapped mapped) {
        var stale = mapped.stale().isPresent() ? ", %d of them stale".formatted(mapped.stale().getAsLong()) : "";
        return "%d present, %d zero%s; bitmap at 0x%x, pages at 0x%x".formatted(mapped.present(), mapped.zero(), stale,
                mapped.bitmapOffset(), mapped.pagesOffset());
    }

    private void tail(StreamReport.Tail tail) {
        row("devices", "%d sections, %d bytes at 0x%x; VM description of %d bytes".formatted(tail.sections().size(),
                tail.sectionBytes(), tail.offset(), tail.descriptionBytes()));
        for (DeviceTail.Section section : tail.sections()) {
            row("device", "%s: instance %s, version %s, %d bytes".formatted(Printable.of(section.name()),
                    Integer.toUnsignedString(section.instanceId()), Integer.toUnsignedString(section.version()),
                    section.bodyBytes()));
        }
    }

    private void channel(String name, ChannelReport report) {
        lines.add(Printable.of(name) + ": multifd channel " + report.channel());
        row("uuid", report.uuid().toString());
        row("packets", "%d, %d of them SYNC, %d with device state; %d bytes of data, %s".formatted(report.packets(),
                report.syncs(), report.deviceStates(), report.dataBytes(), report.compression()));
        report.blocks().forEach(this::block);
    }

    private void preempt(String name, PreemptReport report) {
        lines.add(Printable.of(name) + ": postcopy-preempt channel, pages that were asked for");
        report.blocks().forEach(this::block);
    }

    private void block(ChannelReport.Block block) {
        row("block", "%s: %d normal, %d zero came".formatted(block.name(), block.normal(), block.zero()));
    }

    private void verdict(Report report, Optional<SealReport> seal) {
        for (Finding finding : report.findings()) {
            row("DAMAGED", "byte %d (0x%x): %s".formatted(finding.offset(), finding.offset(), finding.sentence()));
        }
        seal.ifPresent(each -> {
            each.damages().forEach(damage -> row("DAMAGED", damage));
            row("seal", each.state());
        });
        row("accounted", report.accountedFor()
                ? "every byte: yes, %d to %d".formatted(report.start(), report.end())
                : "every byte: no, only %d to %d".formatted(report.start(), report.end()));
        row("whole", report.isWhole() && !seal.map(SealReport::isDamaged).orElse(false) ? "yes" : "no");
    }

    private void row(String label, String value) {
        lines.add(String.format(Locale.ROOT, "  %-12s %s", label, value));
    }
}
