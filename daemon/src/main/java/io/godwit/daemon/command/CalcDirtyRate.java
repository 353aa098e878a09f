package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.CalcDirtyRateArguments;
import io.godwit.protocol.qapi.DirtyRateMeasureMode;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/** Begins to measure how fast the guest writes its RAM; {@link QueryDirtyRate} tells the result. */
record CalcDirtyRate(MigrationEngine engine) implements Command<CalcDirtyRateArguments> {
    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final int FEWEST_SAMPLE_PAGES = 128;
    private static final int MOST_SAMPLE_PAGES = 16384;
    private static final long USUAL_SAMPLE_PAGES = 512;

    @Override
    public String name() {
        return "calc-dirty-rate";
    }

    @Override
    public ObjectType<CalcDirtyRateArguments> arguments() {
        return CalcDirtyRateArguments.TYPE;
    }

    @Override
    public ObjectNode execute(CalcDirtyRateArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        Duration calcTime = calcTime(arguments);
        int samplePages = samplePages(arguments);
        switch (arguments.mode()) {
            case PAGE_SAMPLING -> engine.startDirtyRate(calcTime, samplePages);
            case DIRTY_BITMAP -> engine.startDirtyRateByLog(calcTime);
            case DIRTY_RING -> throw new QmpException("mode dirty-ring is not enabled, use other method instead.");
        }
        return Json.object();
    }

    private static Duration calcTime(CalcDirtyRateArguments arguments) throws QmpException {
        Duration time = switch (arguments.calcTimeUnit()) {
            case SECOND -> Duration.ofSeconds(arguments.calcTime());
            case MILLISECOND -> Duration.ofMillis(arguments.calcTime());
        };
        if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
            throw new QmpException("Calculation time is out of range [50ms, 60000ms].");
        }
        return time;
    }

    private static int samplePages(CalcDirtyRateArguments arguments) throws QmpException {
        if (arguments.samplePages().isPresent() && arguments.mode() != DirtyRateMeasureMode.PAGE_SAMPLING) {
            throw new QmpException("sample-pages is used only in page-sampling mode");
        }
        long pages = arguments.samplePages().orElse(USUAL_SAMPLE_PAGES);
        if (pages < FEWEST_SAMPLE_PAGES || pages > MOST_SAMPLE_PAGES) {
            throw new QmpException("sample-pages is out of range[128, 16384].");
        }
        return (int) pages;
    }
}
