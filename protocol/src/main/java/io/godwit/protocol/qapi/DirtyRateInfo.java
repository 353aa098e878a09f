package io.godwit.protocol.qapi;

import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * QAPI {@code DirtyRateInfo}: what {@code query-dirty-rate} answers of the present or last measurement.
 *
 * @param startTime seconds since 1970; 0 while nothing was ever measured, as are the next two
 * @param calcTimeMillis how long to measure, as it was asked for
 * @param samplePages for each GiB of RAM; 0 where no pages are sampled
 * @param dirtyRate MiB written in a second; there when measured
 */
public record DirtyRateInfo(DirtyRateStatus status, long startTime, long calcTimeMillis, long samplePages,
        DirtyRateMeasureMode mode, OptionalLong dirtyRate) {

    /** Nothing was ever measured. */
    public static final DirtyRateInfo UNSTARTED = new DirtyRateInfo(DirtyRateStatus.UNSTARTED, 0, 0, 0,
            DirtyRateMeasureMode.PAGE_SAMPLING, OptionalLong.empty());

    /** A measurement by page sampling that has just begun. */
    public static DirtyRateInfo measuring(long startTime, long calcTimeMillis, long samplePages) {
        return new DirtyRateInfo(DirtyRateStatus.MEASURING, startTime, calcTimeMillis, samplePages,
                DirtyRateMeasureMode.PAGE_SAMPLING, OptionalLong.empty());
    }

    /** A measurement by the dirty log that has just begun. */
    public static DirtyRateInfo measuringByBitmap(long startTime, long calcTimeMillis) {
        return new DirtyRateInfo(DirtyRateStatus.MEASURING, startTime, calcTimeMillis, 0,
                DirtyRateMeasureMode.DIRTY_BITMAP, OptionalLong.empty());
    }

    /** The same measurement at its end. */
    public DirtyRateInfo measured(long rate) {
        return new DirtyRateInfo(DirtyRateStatus.MEASURED, startTime, calcTimeMillis, samplePages, mode,
                OptionalLong.of(rate));
    }

    /** What {@code query-dirty-rate} answers when asked for {@code unit}; seconds are whole ones, rounded down. */
    public ObjectNode toJson(TimeUnit unit) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("status", status.qapiName());
        dirtyRate.ifPresent(rate -> json.put("dirty-rate", rate));
        return json.put("start-time", startTime)
                .put("calc-time", switch (unit) {
                    case SECOND -> calcTimeMillis / 1000;
                    case MILLISECOND -> calcTimeMillis;
                })
                .put("calc-time-unit", unit.qapiName())
                .put("sample-pages", samplePages)
                .put("mode", mode.qapiName());
    }
}
