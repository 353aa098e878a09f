package io.godwit.protocol.qapi;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What our own {@code x-godwit-query-free-pages} answers: what the guest says of pages that it does not need, and what came of that.
 * Numbers are since the guest was made here.
 *
 * @param hints whether it offers to tell migrations
 * @param asked whether a migration asks it at this moment
 * @param hintedRanges what it told in time
 * @param lateRanges what it told too late, and was ignored
 * @param withheldPages pages that were left out of migrations
 * @param reportedRanges what it gave back
 * @param keptRanges of those, which the host did not take, as somebody still needed them
 * @param returnedPages pages that the host took
 * @param balloon whether it has a balloon
 */
public record FreePagesInfo(boolean hints, boolean asked, long hintedRanges, long lateRanges, long withheldPages,
        long reportedRanges, long keptRanges, long returnedPages, boolean balloon) {

    /** A guest of a kind that never says anything. */
    public static final FreePagesInfo NONE = new FreePagesInfo(false, false, 0, 0, 0, 0, 0, 0, false);

    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("hints", hints).put("asked", asked)
                .put("hinted-ranges", hintedRanges).put("late-ranges", lateRanges)
                .put("withheld-pages", withheldPages).put("reported-ranges", reportedRanges)
                .put("kept-ranges", keptRanges).put("returned-pages", returnedPages).put("balloon", balloon);
    }
}
