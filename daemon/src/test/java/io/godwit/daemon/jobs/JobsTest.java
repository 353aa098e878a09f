package io.godwit.daemon.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The life of jobs as clients see it. */
class JobsTest {
    private final List<String> events = new ArrayList<>();
    private final Jobs jobs = new Jobs((id, status) -> events.add(id + " " + status.qapiName()));
    private final Work work = new Work();

    private static final class Work implements JobWork {
        private long done;
        private boolean cancelled;

        @Override
        public Progress progress() {
            return new Progress(done, 100);
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    @Test
    void aJobThatSucceedsStaysUntilItIsDismissed() throws QmpException {
        Job job = jobs.create("migrate", work);
        job.running();
        work.done = 40;
        assertThat(jobs.query().toString()).isEqualTo("[{\"id\":\"migrate0\",\"type\":\"migrate\","
                + "\"status\":\"running\",\"current-progress\":40,\"total-progress\":100}]");
        work.done = 100;
        job.succeeded();
        work.done = 0; // of the next one
        assertThat(jobs.query().getFirst().get("current-progress").asLong()).isEqualTo(100);

        jobs.apply("migrate0", JobVerb.DISMISS);

        assertThat(jobs.query()).isEmpty();
        assertThat(events).containsExactly("migrate0 created", "migrate0 running", "migrate0 waiting",
                "migrate0 pending", "migrate0 concluded", "migrate0 null");
    }

    /** Notes what it is told. */
    private final class Group implements JobGroup {
        @Override
        public void workDone() {
            events.add("done");
        }

        @Override
        public void workFailed() {
            events.add("failed");
        }

        @Override
        public void cancel() {
            events.add("cancel");
        }

        @Override
        public void close() {
            events.add("close");
        }
    }

    @Test
    void aJobInAGroupWaitsForTheOthersAndIsCancelledThroughThem() throws QmpException {
        Job job = jobs.create("migrate", work);
        job.join(new Group());
        job.running();
        jobs.apply("migrate0", JobVerb.CANCEL);
        assertThat(work.cancelled).as("it works still").isTrue();
        job.succeeded();
        jobs.apply("migrate0", JobVerb.CANCEL);
        job.finalized();
        jobs.close();

        assertThat(events).containsExactly("migrate0 created", "migrate0 running", "migrate0 waiting", "done", "cancel",
                "migrate0 pending", "migrate0 concluded", "close");
    }

    @Test
    void aJobInAGroupCanFailWhileItWaits() {
        Job job = jobs.create("migrate", work);
        job.join(new Group());
        job.running();
        job.succeeded();
        job.failed("Operation canceled");
        job.finalized();

        assertThat(jobs.query().getFirst().get("error").asString()).isEqualTo("Operation canceled");
        assertThat(events).endsWith("migrate0 waiting", "done", "migrate0 aborting", "migrate0 concluded", "failed");
    }

    @Test
    void aJobThatFailsSaysWhyAndOnlyTheFirstEndCounts() {
        Job job = jobs.create("migrate", work);
        job.running();
        job.failed("No space left on device");
        job.failed("something else");
        job.succeeded();

        assertThat(jobs.query().getFirst().get("error").asString()).isEqualTo("No space left on device");
        assertThat(events).containsExactly("migrate0 created", "migrate0 running", "migrate0 aborting",
                "migrate0 concluded");
    }

    @Test
    void theNewestComesFirst() {
        jobs.create("migrate", work);
        jobs.create("migrate", work);

        assertThat(jobs.query()).extracting(info -> info.get("id").asString()).containsExactly("migrate1", "migrate0");
    }

    @Test
    void aCancelIsForTheWork() throws QmpException {
        jobs.create("migrate", work).running();
        jobs.apply("migrate0", JobVerb.CANCEL);

        assertThat(work.cancelled).isTrue();
        assertThat(events).endsWith("migrate0 running");
    }

    @ParameterizedTest
    @EnumSource(names = {"PAUSE", "CANCEL", "COMPLETE", "FINALIZE"})
    void aConcludedJobTakesNoVerbButDismiss(JobVerb verb) {
        jobs.create("migrate", work).failed("x");

        assertThatThrownBy(() -> jobs.apply("migrate0", verb)).isInstanceOf(QmpException.class).hasMessage(
                "Job 'migrate0' in state 'concluded' cannot accept command verb '" + verb.word() + "'");
    }

    @Test
    void aRunningJobIsNotDismissedNorPaused() {
        jobs.create("migrate", work).running();

        assertThatThrownBy(() -> jobs.apply("migrate0", JobVerb.DISMISS))
                .hasMessage("Job 'migrate0' in state 'running' cannot accept command verb 'dismiss'");
        assertThatThrownBy(() -> jobs.apply("migrate0", JobVerb.PAUSE)).hasMessageContaining("cannot be paused");
        assertThatThrownBy(() -> jobs.apply("migrate0", JobVerb.RESUME))
                .hasMessage("Can't resume a job that was not paused");
    }

    @Test
    void anUnknownJobIsNotFound() {
        assertThatThrownBy(() -> jobs.apply("x", JobVerb.CANCEL)).hasMessage("Job not found");
    }

    @Test
    void whatNobodyEverDismissesDoesNotPileUp() {
        for (int i = 0; i < 200; i++) {
            jobs.create("migrate", work).failed("x");
        }
        assertThat(jobs.query()).hasSizeLessThanOrEqualTo(65).extracting(info -> info.get("id").asString())
                .contains("migrate199").doesNotContain("migrate0");
    }
}
