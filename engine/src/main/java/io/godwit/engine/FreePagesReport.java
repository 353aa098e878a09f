package io.godwit.engine;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.guest.Guest;
import io.godwit.protocol.qapi.FreePagesInfo;

/** Puts together what a guest has said of pages that it does not need. */
final class FreePagesReport {
    private FreePagesReport() {}

    static FreePagesInfo of(Guest guest) {
        if (guest.freePageHints().isEmpty() || guest.freePageReporting().isEmpty()) {
            return FreePagesInfo.NONE;
        }
        FreePageHints hints = guest.freePageHints().get();
        FreePageHints.Counts hinted = hints.counts();
        FreePageReporting.Counts reported = guest.freePageReporting().get().counts();
        return new FreePagesInfo(hints.isOffered(), FreePageHints.isStart(hints.commandId()), hinted.reports(),
                hinted.lateReports(), hinted.withheldPages(), reported.reports(), reported.keptReports(),
                reported.returnedPages(), guest.balloon().filter(Balloon::isOffered).isPresent());
    }
}
