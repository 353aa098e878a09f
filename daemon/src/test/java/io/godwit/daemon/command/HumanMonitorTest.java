package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class HumanMonitorTest {
    private static final String GLOBALS = """
            globals:
            store-global-state: on
            only-migratable: off
            send-configuration: on
            send-section-footer: on
            send-switchover-start: on
            clear-bitmap-shift: 18
            """.replace("\n", "\r\n");

    private final Recorder commands = new Recorder();
    private final HumanMonitor monitor = new HumanMonitor(commands);

    @Test
    void runsTheQmpCommandBehindAWord() {
        assertThat(run("stop")).isEmpty();
        assertThat(run(" cont ")).isEmpty();
        assertThat(run("migrate_cancel")).isEmpty();
        assertThat(run("migrate_start_postcopy")).isEmpty();
        assertThat(run("migrate_pause")).isEmpty();
        assertThat(run("quit")).isEmpty();
        assertThat(commands.carriedOut).containsExactly("stop {}", "cont {}", "migrate_cancel {}",
                "migrate-start-postcopy {}", "migrate-pause {}", "quit {}");
    }

    @Test
    void migratesToAWordThatMayBeQuoted() {
        assertThat(run("migrate -d \"exec:cat  >/dev/null\"")).isEmpty();
        assertThat(run("migrate -d exec:cat  >/dev/null"))
                .startsWith("migrate: extraneous characters at the end of line\r\n");
        assertThat(run("migrate tcp:h:1")).isEqualTo(
                "terminal does not allow synchronous migration, continuing detached\r\n");
        assertThat(commands.carriedOut).containsExactly("migrate {\"uri\":\"exec:cat  >/dev/null\"}",
                "migrate {\"uri\":\"tcp:h:1\"}");
    }

    @Test
    void movesToAnotherProcessOfTheHost() {
        assertThat(run("localhost_migrate \"unix:/tmp/a b\"")).isEmpty();
        assertThat(run("localhost_migrate \"unix:/tmp/a b\"  flip")).isEmpty();
        assertThat(commands.carriedOut).containsExactly("localhost-migrate {\"uri\":\"unix:/tmp/a b\"}",
                "localhost-migrate {\"uri\":\"unix:/tmp/a b\",\"mode\":\"flip\"}");
    }

    @Test
    void saysHowTheGuestStands() {
        commands.answers.put("query-status", "{'status':'running','running':true}");
        assertThat(run("info status")).isEqualTo("VM status: running\r\n");
        commands.answers.put("query-status", "{'status':'paused','running':false}");
        assertThat(run("info  status")).isEqualTo("VM status: paused\r\n");
        commands.answers.put("query-status", "{'status':'inmigrate','running':false}");
        assertThat(run("info status")).isEqualTo("VM status: paused (inmigrate)\r\n");
    }

    @Test
    void saysHowTheMigrationStands() {
        commands.answers.put("query-migrate", "{'status':'active','total-time':12,'ram':{'transferred':2048,"
                + "'remaining':4096,'mbps':1.5,'page-size':4096,'dirty-sync-count':3}}");
        assertThat(run("info migrate")).startsWith(GLOBALS + "Migration status: active\r\ntotal time: 12 ms\r\n")
                .contains("transferred ram: 2 kbytes\r\n", "throughput: 1.50 mbps\r\n", "dirty sync count: 3\r\n");
        commands.answers.put("query-migrate", "{'status':'active','xbzrle-cache':{'cache-size':4096,'bytes':2048,"
                + "'pages':3,'cache-miss':4,'cache-miss-rate':0.5,'encoding-rate':6.125,'overflow':7}}");
        assertThat(run("info migrate")).isEqualTo(GLOBALS + """
                Migration status: active
                total time: 0 ms
                cache size: 4096 bytes
                xbzrle transferred: 2 kbytes
                xbzrle pages: 3 pages
                xbzrle cache miss: 4 pages
                xbzrle cache miss rate: 0.50
                xbzrle encoding rate: 6.13
                xbzrle overflow: 7
                """.replace("\n", "\r\n"));
        commands.answers.put("query-migrate", "{'status':'failed','error-desc':'no way'}");
        assertThat(run("info migrate"))
                .isEqualTo(GLOBALS + "Migration status: failed (no way)\r\ntotal time: 0 ms\r\n");
        commands.answers.put("query-migrate", "{}");
        assertThat(run("info migrate")).isEqualTo(GLOBALS);
        assertThat(run("info migrate -a")).isEqualTo(GLOBALS);
    }

    @Test
    void showsWhatIsHeld() {
        commands.answers.put("x-godwit-query-held", "{'machine-type':'pc-i440fx-10.0',"
                + "'uuid':'550e8400-e29b-41d4-a716-446655440000','run-state':'running','ram':134348800,'blocks':["
                + "{'name':'pc.ram','size':134217728,'present-pages':5000},"
                + "{'name':'/rom@etc/acpi/tables','size':131072,'present-pages':0}],'devices':["
                + "{'name':'timer','instance-id':0,'version':2,'size':24},"
                + "{'name':'0000:00:01.3/piix4_pm','instance-id':4294967295,'version':3,'size':512}]}");
        assertThat(run("info held")).isEqualTo("""
                machine type: pc-i440fx-10.0
                uuid: 550e8400-e29b-41d4-a716-446655440000
                run state at the source: running
                ram: 131200 kbytes
                BLOCK                                            KBYTES  PRESENT PAGES
                pc.ram                                           131072           5000
                /rom@etc/acpi/tables                                128              0
                DEVICE                                     INSTANCE    VERSION      BYTES
                timer                                             0          2         24
                0000:00:01.3/piix4_pm                    4294967295          3        512
                """.replace("\n", "\r\n"));
    }

    @Test
    void namesThatCameInAStreamCannotEndALineOrSpeakToATerminal() {
        commands.answers.put("x-godwit-query-held",
                "{'machine-type':'a\\r\\n\\u001b\\u009b','ram':0,'blocks':[],'devices':[]}");
        assertThat(run("info held")).startsWith("machine type: a????\r\nram: 0 kbytes\r\n");
    }

    @Test
    void printsARefusal() {
        commands.refusal = "There's a migration process in progress";
        assertThat(run("migrate -d tcp:h:1")).isEqualTo("Error: There's a migration process in progress\r\n");
    }

    @Test
    void understandsAWordAsQemuDoes() {
        run("migrate_incoming \"a \\\"b\\\\\"");
        run("migrate_set_capability xbzrle on");
        run("migrate_set_parameter max-bandwidth 1.5G");
        run("migrate_set_parameter max-bandwidth 10");
        run("migrate_set_parameter xbzrle-cache-size 4k");
        run("migrate_set_parameter direct-io yes");
        assertThat(commands.carriedOut).containsExactly("migrate-incoming {\"uri\":\"a \\\"b\\\\\"}",
                "migrate-set-capabilities {\"capabilities\":[{\"capability\":\"xbzrle\",\"state\":true}]}",
                "migrate-set-parameters {\"max-bandwidth\":1610612736}",
                "migrate-set-parameters {\"max-bandwidth\":10485760}",
                "migrate-set-parameters {\"xbzrle-cache-size\":4096}", "migrate-set-parameters {\"direct-io\":true}");
        assertThat(run("migrate -x a")).startsWith("migrate: unsupported option -x\r\n");
        assertThat(run("migrate -d -d a")).startsWith("migrate: unsupported option -d\r\n");
        assertThat(run("migrate \"a")).startsWith("migrate: string expected\r\n");
        assertThat(run("stop now")).isEqualTo("""
                stop|s: extraneous characters at the end of line
                Try "help stop" for more information
                """.replace("\n", "\r\n"));
    }

    /** As QEMU 10.0.2 answers. */
    @ParameterizedTest
    @CsvSource({"10,10485760", "1.5G,1610612736", "1.G,1073741824", ".5G,536870912", "+1.k,1024", "1.0b,1",
            "1e,1152921504606846976",
            "0x1e,31457280", "00.M,0", "1.23456789012345678901G,1325607178"})
    void readsSizes(String text, String bytes) {
        run("migrate_set_parameter max-bandwidth " + text);
        assertThat(commands.carriedOut).containsExactly("migrate-set-parameters {\"max-bandwidth\":" + bytes + "}");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", ".G", "1..G", "5.5.G", "1.5b", "1e1", "1.e1", "0x10k", "0x1.G", "-1.G", "-0", "1.Gx",
            "12345678901234567890123"})
    void refusesWhatIsNoSize(String text) {
        assertThat(run("migrate_set_parameter max-bandwidth " + text))
                .isEqualTo("Error: Invalid size " + text + "\r\n");
    }

    @Test
    void saysWhatItDoesNotKnow() {
        assertThat(run("fly away")).isEqualTo("unknown command: 'fly'\r\n");
        assertThat(run("info flight")).isEqualTo("unknown command: 'info flight'\r\n");
        assertThat(run("")).isEmpty();
        assertThat(run("help")).contains("migrate_cancel", "\r\n");
    }

    private String run(String line) {
        return monitor.run(line, new NoSession());
    }

    private static final class NoSession implements CommandContext {
        @Override
        public Optional<Fd> takeDescriptor() {
            return Optional.empty();
        }

        @Override
        public void negotiated(boolean outOfBand) {
            throw new AssertionError("a monitor for people negotiates nothing");
        }
    }

    private static final class Recorder implements CommandSet {
        private static final JsonMapper JSON = JsonMapper.builder()
                .enable(tools.jackson.core.json.JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

        final List<String> carriedOut = new ArrayList<>();
        final Map<String, String> answers = new HashMap<>();
        String refusal = "";

        @Override
        public boolean knows(String name) {
            return true;
        }

        @Override
        public boolean takesDescriptor(String name) {
            return false;
        }

        @Override
        public JsonNode execute(String name, ObjectNode arguments, boolean outOfBand, CommandContext context)
                throws QmpException {
            if (!refusal.isEmpty()) {
                throw new QmpException(refusal);
            }
            carriedOut.add(name + " " + arguments);
            return JSON.readTree(answers.getOrDefault(name, "{}"));
        }
    }
}
