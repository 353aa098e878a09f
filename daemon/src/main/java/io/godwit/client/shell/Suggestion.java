package io.godwit.client.shell;

/**
 * A word that would fit where the cursor is.
 *
 * @param word the whole word
 * @param shown what of it is shown in a list
 * @param about a few words on it; may be empty
 * @param finished a space comes next
 */
record Suggestion(String word, String shown, String about, boolean finished) {}
