package io.godwit.protocol.qapi;

import java.util.List;

/** Arguments of {@code transaction}. */
public record TransactionArguments(List<TransactionAction> actions, ActionCompletionMode completionMode) {
    private static final Member<ActionCompletionMode> COMPLETION_MODE = Member.optional("completion-mode",
            ActionCompletionMode.TYPE);
    private static final ObjectType<ActionCompletionMode> PROPERTIES_TYPE = ObjectType.of("TransactionProperties",
            in -> in.find(COMPLETION_MODE).orElse(ActionCompletionMode.INDIVIDUAL), COMPLETION_MODE);
    private static final Member<List<TransactionAction>> ACTIONS = Member.required("actions",
            new ListType<>(TransactionAction.TYPE));
    private static final Member<ActionCompletionMode> PROPERTIES = Member.optional("properties", PROPERTIES_TYPE);

    public static final ObjectType<TransactionArguments> TYPE = ObjectType.of("transaction-arg",
            in -> new TransactionArguments(in.get(ACTIONS),
                    in.find(PROPERTIES).orElse(ActionCompletionMode.INDIVIDUAL)),
            ACTIONS, PROPERTIES);

    public TransactionArguments {
        actions = List.copyOf(actions);
    }
}
