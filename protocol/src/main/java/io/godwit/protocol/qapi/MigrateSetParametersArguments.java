package io.godwit.protocol.qapi;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** Arguments of {@code migrate-set-parameters}: those that are to change. Right in type; ranges are not looked at yet. */
public record MigrateSetParametersArguments(Map<MigrationParameter, Object> changes) {

    public static final ObjectType<MigrateSetParametersArguments> TYPE = ObjectType.of("MigrateSetParameters",
            MigrateSetParametersArguments::of,
            Arrays.stream(MigrationParameter.values()).map(MigrationParameter::member).toArray(Member[]::new));

    public MigrateSetParametersArguments {
        var copy = new EnumMap<MigrationParameter, Object>(MigrationParameter.class);
        copy.putAll(changes);
        changes = Collections.unmodifiableMap(copy);
    }

    private static MigrateSetParametersArguments of(MemberValues in) {
        var changes = new EnumMap<MigrationParameter, Object>(MigrationParameter.class);
        for (MigrationParameter parameter : MigrationParameter.values()) {
            in.find(parameter.member()).ifPresent(value -> changes.put(parameter, value));
        }
        return new MigrateSetParametersArguments(changes);
    }
}
