package io.godwit.protocol.qapi;

import java.util.Optional;

/** Arguments of {@code human-monitor-command}: a line for the monitor that people use. */
public record HumanMonitorCommandArguments(String commandLine, Optional<Long> cpuIndex) {
    private static final Member<String> COMMAND_LINE = Member.required("command-line", BuiltinType.STR);
    private static final Member<Long> CPU_INDEX = Member.optional("cpu-index", BuiltinType.INT);

    public static final ObjectType<HumanMonitorCommandArguments> TYPE = ObjectType.of("human-monitor-command-arg",
            in -> new HumanMonitorCommandArguments(in.get(COMMAND_LINE), in.find(CPU_INDEX)), COMMAND_LINE, CPU_INDEX);
}
