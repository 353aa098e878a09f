package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestsTest {
    private final Requests requests = new Requests(RecordedSchema.read());

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            query-status                             | {"execute":"query-status"}
            migrate uri=tcp:host:4444                | {"execute":"migrate","arguments":{"uri":"tcp:host:4444"}}
            migrate uri=unix:/a=b detach=true        | {"execute":"migrate","arguments":{"uri":"unix:/a=b","detach":true}}
            migrate uri="exec:cat > /dev/null"       | {"execute":"migrate","arguments":{"uri":"exec:cat > /dev/null"}}
            migrate uri='exec:echo "it"'             | {"execute":"migrate","arguments":{"uri":"exec:echo \\"it\\""}}
            migrate uri=it's                         | {"execute":"migrate","arguments":{"uri":"it's"}}
            job-cancel id=5                          | {"execute":"job-cancel","arguments":{"id":"5"}}
            migrate-set-parameters downtime-limit=300 tls-creds=null | {"execute":"migrate-set-parameters","arguments":{"downtime-limit":300,"tls-creds":null}}
            migrate-set-parameters tls-hostname=12   | {"execute":"migrate-set-parameters","arguments":{"tls-hostname":"12"}}
            migrate-set-capabilities capabilities.0.capability=events capabilities.0.state=true | {"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events","state":true}]}}
            migrate-set-capabilities capabilities=[{"capability": "events", "state": false}] | {"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events","state":false}]}}
            migrate channels.0.channel-type=main channels.0.addr.transport=socket channels.0.addr.type=inet channels.0.addr.host=h channels.0.addr.port=1 | {"execute":"migrate","arguments":{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h","port":"1"}}]}}
            unheard-of a=1 b=1.5 c=x d.e=false f.0=1 | {"execute":"unheard-of","arguments":{"a":1,"b":1.5,"c":"x","d":{"e":false},"f":[1]}}
            {'execute': 'query-name', "id": 7}       | {"execute":"query-name","id":7}
            """)
    void makesARequestOfALine(String line, String request) throws MisunderstoodException {
        assertThat(requests.request(line)).hasToString(request);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            migrate tcp:host:4444      | 'tcp:host:4444' is not understood, expected NAME=VALUE
            migrate uri=a uri=b        | 'uri' is given twice
            migrate uri=a uri.b=c      | 'uri.b': 'uri' has a value already
            migrate uri.b=c uri=a      | 'uri' is given twice
            migrate .uri=a             | '.uri=' has an empty name in it
            [1]                        | A request is a command such as query-status, or a JSON object
            """)
    void saysWhatItDoesNotUnderstand(String line, String why) {
        assertThatThrownBy(() -> requests.request(line)).isInstanceOf(MisunderstoodException.class).hasMessage(why);
    }

    @Test
    void saysWhereJsonIsNone() {
        assertThatThrownBy(() -> requests.request("{\"execute\": }")).hasMessageStartingWith("This is no JSON: ");
        assertThatThrownBy(() -> requests.request("{} {}")).hasMessageStartingWith("This is no JSON: ");
        assertThatThrownBy(() -> requests.request("migrate channels=[1")).hasMessageStartingWith("This is no JSON: ");
    }
}
