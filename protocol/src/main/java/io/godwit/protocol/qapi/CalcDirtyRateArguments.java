package io.godwit.protocol.qapi;

import java.util.Optional;

/** Arguments of {@code calc-dirty-rate}; their ranges are the command's to check. */
public record CalcDirtyRateArguments(long calcTime, TimeUnit calcTimeUnit, Optional<Long> samplePages,
        DirtyRateMeasureMode mode) {
    private static final Member<Long> CALC_TIME = Member.required("calc-time", BuiltinType.INT);
    private static final Member<TimeUnit> CALC_TIME_UNIT = Member.optional("calc-time-unit", TimeUnit.TYPE);
    private static final Member<Long> SAMPLE_PAGES = Member.optional("sample-pages", BuiltinType.INT);
    private static final Member<DirtyRateMeasureMode> MODE = Member.optional("mode", DirtyRateMeasureMode.TYPE);

    public static final ObjectType<CalcDirtyRateArguments> TYPE = ObjectType.of("calc-dirty-rate-arg",
            in -> new CalcDirtyRateArguments(in.get(CALC_TIME), in.find(CALC_TIME_UNIT).orElse(TimeUnit.SECOND),
                    in.find(SAMPLE_PAGES), in.find(MODE).orElse(DirtyRateMeasureMode.PAGE_SAMPLING)),
            CALC_TIME, CALC_TIME_UNIT, SAMPLE_PAGES, MODE);
}
