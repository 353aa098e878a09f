package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.MigrateRecoverArguments;
import io.godwit.protocol.qapi.ObjectType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SchemaWriterTest {
    private final DescriptorTable descriptors = new DescriptorTable();

    /** A command with arguments that may be carried out of band. */
    private record Overtaking() implements Command<MigrateRecoverArguments> {

        @Override
        public String name() {
            return "overtaking";
        }

        @Override
        public ObjectType<MigrateRecoverArguments> arguments() {
            return MigrateRecoverArguments.TYPE;
        }

        @Override
        public boolean allowOob() {
            return true;
        }

        @Override
        public JsonNode execute(MigrateRecoverArguments arguments, CommandContext context) {
            throw new IllegalStateException("only its schema is asked for");
        }
    }

    @Test
    void everyTypeThatIsMentionedIsDescribedOnce() {
        JsonNode schema = schemaOf(new GetFd(descriptors), new AddFd(descriptors), new Overtaking(),
                new QmpCapabilities(), new AnnounceSelf(), new QueryTarget());
        var described = new HashSet<String>();
        Set<String> mentioned = new TreeSet<>();
        for (JsonNode entity : schema) {
            assertThat(described.add(entity.path("name").stringValue())).as("%s", entity).isTrue();
            for (String reference : List.of("arg-type", "ret-type", "element-type")) {
                if (entity.has(reference)) {
                    mentioned.add(entity.path(reference).stringValue());
                }
            }
            entity.path("members").forEach(member -> {
                if (member.has("type")) {
                    mentioned.add(member.path("type").stringValue());
                }
            });
            entity.path("variants").forEach(variant -> mentioned.add(variant.path("type").stringValue()));
        }
        assertThat(described).containsAll(mentioned);
    }

    @Test
    void aCommandTellsItsArgumentsAndThatItMayOvertake() {
        assertThat(entity(schemaOf(new Overtaking()), "overtaking").toString())
                .isEqualTo("{\"name\":\"overtaking\",\"meta-type\":\"command\","
                        + "\"arg-type\":\"migrate-recover-arg\",\"ret-type\":\"{}\",\"allow-oob\":true}");
        assertThat(entity(schemaOf(new AddFd(descriptors)), "add-fd-arg").toString())
                .isEqualTo("{\"name\":\"add-fd-arg\",\"meta-type\":\"object\",\"members\":["
                        + "{\"name\":\"fdset-id\",\"type\":\"int\",\"default\":null},"
                        + "{\"name\":\"opaque\",\"type\":\"str\",\"default\":null}]}");
    }

    @Test
    void aUnionTellsItsTagAndItsVariants() {
        var writer = new SchemaWriter();
        writer.event("X", io.godwit.protocol.qapi.MigrateArguments.TYPE);
        JsonNode address = entity(writer.entities(), "MigrationAddress");
        assertThat(address.path("tag").stringValue()).isEqualTo("transport");
        assertThat(address.path("variants").findValuesAsString("case")).containsExactly("socket", "exec", "rdma",
                "file");
    }

    @Test
    void tellsTheEventsOfAMigration() {
        var writer = new SchemaWriter();
        EventSchemas.ofGuest().forEach(writer::event);
        assertThat(entity(writer.entities(), "MIGRATION_PASS").path("meta-type").stringValue()).isEqualTo("event");
        assertThat(entity(writer.entities(), "ShutdownCause").path("values").toString()).contains("host-signal");
    }

    private static JsonNode schemaOf(Command<?>... commands) {
        var writer = new SchemaWriter();
        for (Command<?> command : commands) {
            writer.command(command);
        }
        return writer.entities();
    }

    private static JsonNode entity(JsonNode schema, String name) {
        for (JsonNode entity : schema) {
            if (entity.path("name").stringValue().equals(name)) {
                return entity;
            }
        }
        throw new AssertionError("no entity " + name + " in " + schema);
    }
}
