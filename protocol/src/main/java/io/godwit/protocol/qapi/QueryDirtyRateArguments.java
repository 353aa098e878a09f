package io.godwit.protocol.qapi;

/** Arguments of {@code query-dirty-rate}: the unit to answer {@code calc-time} in. */
public record QueryDirtyRateArguments(TimeUnit calcTimeUnit) {
    private static final Member<TimeUnit> CALC_TIME_UNIT = Member.optional("calc-time-unit", TimeUnit.TYPE);

    public static final ObjectType<QueryDirtyRateArguments> TYPE = ObjectType.of("query-dirty-rate-arg",
            in -> new QueryDirtyRateArguments(in.find(CALC_TIME_UNIT).orElse(TimeUnit.SECOND)), CALC_TIME_UNIT);
}
