package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The commands on objects, in QEMU's words; what credentials are refused for is tested with them. */
class UserObjectsTest {
    private static final Endpoint SOCKET = new Endpoint.Unix(Path.of("/nowhere"));

    private final UserObjects objects = new UserObjects();

    @AfterEach
    void release() {
        objects.close();
    }

    private void add(String members) throws QmpException {
        var command = new ObjectAdd(objects);
        var arguments = (ObjectNode) new JsonMapper().readTree("{" + members.replace('\'', '"') + "}");
        command.execute(command.arguments().parse(arguments), new Nobody());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'id':'a'                                                      | Parameter 'qom-type' is missing
            'qom-type':'nonsense','id':'a'                                | Parameter 'qom-type' does not accept value 'nonsense'
            'qom-type':'secret'                                           | Parameter 'id' is missing
            'qom-type':'secret','id':'9c','data':'x'                      | Parameter 'id' expects an identifier
            'qom-type':'secret','id':'taken','data':'x'                   | attempt to add duplicate property 'taken' to object (type 'container')
            'qom-type':'secret','id':'a'                                  | Either 'file' or 'data' must be provided
            'qom-type':'secret','id':'a','data':'x','keyid':'taken'       | Parameter 'keyid' is not built into Godwit 0.1.0 yet; give the secret unencrypted, in a file that others cannot read
            'qom-type':'authz-simple','id':'a'                            | Parameter 'identity' is missing
            'qom-type':'tls-creds-x509','id':'a'                          | Missing 'dir' property value
            'qom-type':'tls-creds-x509','id':'a','endpoint':'x'           | Parameter 'endpoint' does not accept value 'x'
            'qom-type':'tls-creds-x509','id':'a','verify-peer':'yes'      | Invalid parameter type for 'verify-peer', expected: boolean
            'qom-type':'tls-creds-x509','id':'a','dir':'/d','foo':1       | Parameter 'foo' is unexpected
            'qom-type':'tls-creds-x509','id':'a','dir':'/d','passwordid':'nope' | No secret with id 'nope'
            'qom-type':'tls-creds-x509','id':'a','dir':'/nowhere'         | Unable to access credentials /nowhere/ca-cert.pem: No such file or directory
            """)
    void refusesAnObjectThatCannotBe(String members, String text) throws QmpException {
        add("'qom-type':'secret','id':'taken','data':'x'");

        assertThatThrownBy(() -> add(members)).isInstanceOf(QmpException.class).hasMessage(text);
    }

    @Test
    void refusesMoreThanAThousand() throws QmpException {
        for (int i = 0; i < 1000; i++) {
            add("'qom-type':'authz-simple','id':'a" + i + "','identity':'CN=x'");
        }

        assertThatThrownBy(() -> add("'qom-type':'authz-simple','id':'b','identity':'CN=x'"))
                .hasMessage("1000 objects are the most that can be: remove one first");
        objects.remove("a7");
        add("'qom-type':'authz-simple','id':'b','identity':'CN=x'");
    }

    @Test
    void removesAnObjectOnce() throws QmpException {
        add("'qom-type':'authz-simple','id':'a','identity':'CN=x'");

        objects.remove("a");

        assertThatThrownBy(() -> objects.remove("a")).hasMessage("object 'a' not found");
    }

    @Test
    void refusesToMigrateWithCredentialsThatAreNotThere() throws QmpException {
        add("'qom-type':'secret','id':'other','data':'x'");
        assertThatThrownBy(() -> objects.outgoing(SOCKET, withCredentials("tls0")))
                .hasMessage("No TLS credentials with id 'tls0'");
        assertThatThrownBy(() -> objects.incoming(SOCKET, withCredentials("other")))
                .hasMessage("Object with id 'other' is not TLS credentials");
    }

    @Test
    void leavesAnEndpointAsItIsWithoutCredentials() throws QmpException {
        assertThat(objects.outgoing(SOCKET, MigrationParameters.DEFAULTS)).isEqualTo(SOCKET);
        assertThat(objects.incoming(SOCKET, MigrationParameters.DEFAULTS)).isEqualTo(SOCKET);
    }

    private static MigrationParameters withCredentials(String id) throws QmpException {
        return MigrationParameters.DEFAULTS
                .with(MigrateSetParametersArguments.TYPE.parse(Json.object().put("tls-creds", id)));
    }

    @Test
    void goesOverToAnotherProcess() throws QmpException, IOException {
        add("'qom-type':'authz-simple','id':'a','identity':'CN=x'");
        add("'qom-type':'secret','id':'b','data':'eA==','format':'base64'");

        try (var successor = new UserObjects()) {
            successor.take(objects.lend());

            assertThat(successor.lend().data()).isEqualTo(objects.lend().data());
        }
    }
}
