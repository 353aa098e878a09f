package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresQemu;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same requests to a daemon and to the QEMU of this machine: where both run, neither documents nor recordings are needed. */
@RequiresQemu
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SameAnswersAsQemuIT {

    private DaemonProcess godwit;
    private QemuProcess qemu;

    SameAnswersAsQemuIT(@TempDir Path directory) {
        godwit = DaemonProcess.start(directory, "godwit", GuestOptions.workload().with("-S"));
        qemu = QemuProcess.start(directory, "qemu", QemuMachine.bare().with("-S", "-name", "godwit"));
    }

    @BeforeAll
    void waitForBoth() {
        godwit.qmp();
        qemu.qmp();
    }

    @AfterAll
    void endBoth() {
        qemu.close();
        godwit.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"query-migrate", "query-migrate-capabilities", "query-status", "query-name", "query-fdsets",
            "query-memory-size-summary", "query-migrate-parameters", "migrate_cancel", "stop", "query-block",
            "query-named-block-nodes", "query-block-exports", "query-blockstats", "query-vcpu-dirty-limit",
            "cancel-vcpu-dirty-limit", "query-colo-status", "query-dump", "query-iothreads", "query-migrationthreads",
            "query-jobs"})
    void answersAsQemuTo(String command) {
        assertThat(godwit.qmp().execute(command)).isEqualTo(qemu.qmp().execute(command));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "{'execute': 1}", "{'execute': 'nothing-like-it'}",
            "{'execute': 'stop', 'more': 1}",
            "{'execute': 'stop', 'arguments': null}",
            "{'execute': 'stop', 'arguments': {'x': 1}, 'id': [1, {'a': null}]}",
            "{'execute': 'migrate', 'id': 7}", "{'execute': 'migrate', 'arguments': {'uri': 'defer'}}",
            "{'execute': 'migrate', 'arguments': {'uri': 'carrier-pigeon:roof'}}",
            "{'execute': 'migrate', 'arguments': {'uri': 'tcp:127.0.0.1'}}",
            "{'execute': 'migrate', 'arguments': {'uri': 'unix:'}}",
            "{'execute': 'migrate', 'arguments': {'uri': 'fd:nobody'}}",
            "{'execute': 'migrate', 'arguments': {'uri': 'file:/tmp/x,offset=q'}}",
            "{'execute': 'migrate-incoming', 'arguments': {'uri': 'tcp:127.0.0.1:0'}}",
            "{'execute': 'migrate-continue', 'arguments': {'state': 'pre-switchover'}}",
            "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': [{'capability': 'warp', 'state': true}]}}",
            "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': [{'capability': 'events'}]}}",
            "{'execute': 'migrate-set-capabilities', 'arguments': {'capabilities': [{'capability': 'switchover-ack', 'state': true}]}}",
            "{'execute': 'migrate-set-parameters', 'arguments': {'downtime-limit': 2000001}}",
            "{'execute': 'migrate-set-parameters', 'arguments': {'cpu-throttle-initial': 100}}",
            "{'execute': 'migrate-set-parameters', 'arguments': {'max-bandwidth': 'much'}}",
            "{'execute': 'migrate-set-parameters', 'arguments': {'multifd-channels': 256}}",
            "{'execute': 'closefd', 'arguments': {'fdname': 'nobody'}}",
            "{'execute': 'getfd', 'arguments': {'fdname': 'x'}}",
            "{'execute': 'remove-fd', 'arguments': {'fdset-id': 7}}", "{'execute': 'qmp_capabilities'}",
            "{'execute': 'qmp_capabilities', 'arguments': {'enable': 1}}",
            "{'execute': 'set-vcpu-dirty-limit', 'arguments': {'dirty-rate': 5}}",
            "{'execute': 'x-colo-lost-heartbeat'}",
            "{'execute': 'client_migrate_info', 'arguments': {'protocol': 'spice', 'hostname': 'h'}}",
            "{'execute': 'blockdev-set-active', 'arguments': {'active': true}}",
            "{'execute': 'blockdev-set-active', 'arguments': {'active': true, 'node-name': 'x'}}",
            "{'execute': 'blockdev-del', 'arguments': {'node-name': 'x'}}",
            "{'execute': 'blockdev-mirror', 'arguments': {'device': 'x', 'target': 'y', 'sync': 'full'}}",
            "{'execute': 'block-commit', 'arguments': {'device': 'x'}}",
            "{'execute': 'block-job-cancel', 'arguments': {'device': 'x'}}",
            "{'execute': 'block-job-dismiss', 'arguments': {'id': 'x'}}",
            "{'execute': 'block-export-del', 'arguments': {'id': 'x'}}",
            "{'execute': 'block-dirty-bitmap-clear', 'arguments': {'node': 'x', 'name': 'y'}}",
            "{'execute': 'snapshot-save', 'arguments': {'job-id': '1 x', 'tag': 't', 'vmstate': 'v', 'devices': []}}",
            "{'execute': 'snapshot-save', 'arguments': {'job-id': 'a', 'tag': 't', 'vmstate': 'v', 'devices': []}}",
            "{'execute': 'snapshot-save', 'arguments': {'job-id': 'a', 'tag': 't', 'vmstate': 'v', 'devices': []}}",
            "{'execute': 'snapshot-save', 'arguments': {'job-id': 'b', 'tag': 't', 'vmstate': 'v', 'devices': ['v']}}",
            "{'execute': 'snapshot-delete', 'arguments': {'job-id': 'c', 'tag': 't', 'devices': ['v']}}",
            "{'execute': 'snapshot-load', 'arguments': {'job-id': 'd', 'tag': 't', 'vmstate': 'v'}}"})
    void answersWithQemusText(String request) {
        assertThat(godwit.qmp().send(request)).isEqualTo(qemu.qmp().send(request));
    }

    @Test
    void membersComeInQemusOrder() {
        for (String command : List.of("query-status", "query-migrate-parameters", "query-dump", "query-uuid",
                "query-memory-size-summary", "query-colo-status")) {
            assertThat(godwit.qmp().execute(command).toString()).isEqualTo(qemu.qmp().execute(command).toString());
        }
    }
}
