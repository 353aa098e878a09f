package io.godwit.engine;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;
import io.godwit.protocol.qapi.FreePagesInfo;

/** Puts together what a guest has said of pages that it does not need. */
final class FreePagesReport {
    private FreePagesReport() {}

    static FreePagesInfo of(FreePages said) {
        FreePageHints hints = said.hints();
        FreePageHints.Counts hinted = hints.counts();
        FreePageReporting.Counts reported = said.reporting().counts();
        return new FreePagesInfo(hints.isOffered(), FreePageHints.isStart(hints.commandId()), hinted.reports(),
                hinted.lateReports(), hinted.withheldPages(), reported.reports(), reported.keptReports(),
                reported.returnedPages(), said.offeredBalloon().isPresent());
    }
}
