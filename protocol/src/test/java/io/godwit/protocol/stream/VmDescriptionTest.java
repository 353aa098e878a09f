package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sizes that a VM description gives, and what is no description. */
final class VmDescriptionTest {

    private static List<SectionSize> sizes(String json) throws MalformedStreamException {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return VmDescription.sectionSizes(bytes, 0, bytes.length);
    }

    /** The body's size of a description with one device, which has these members besides its name. */
    private static int bodyBytes(String members) throws MalformedStreamException {
        List<SectionSize> sizes = sizes("{'devices':[{'name':'d','instance_id':0," + members + "}]}");
        return sizes.getFirst().bodyBytes();
    }

    @Test
    void readsWhatQemuWrites() throws Exception {
        byte[] json = StockTail.json();
        assertThat(VmDescription.sectionSizes(json, 0, json.length)).containsExactly(
                new SectionSize("timer", 0, 2, 24), new SectionSize("globalstate", 0, 1, 104));
    }

    @Test
    void readsWhatWeWrite() throws Exception {
        var fields = new DeviceStateWriter().u32("size", 1).buffer("data", new byte[3]).fields();
        var description = new VmDescription(4096, List.of(new VmDescription.Device("cpu", 1, 2, fields)));
        assertThat(sizes(description.toJson())).containsExactly(new SectionSize("cpu", 1, 2, 7));
    }

    @Test
    void readsTheBytesItWasGivenAndNoOther() throws Exception {
        byte[] bytes = "xx{\"devices\":[]}{".getBytes(StandardCharsets.US_ASCII);
        assertThat(VmDescription.sectionSizes(bytes, 2, bytes.length - 3)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'fields':[]                                                             | 0
            'fields':[{'name':'a','size':4},{'size':8}]                             | 12
            'fields':[{'size':4,'array_len':5}]                                     | 20
            'fields':[{'array_len':5,'size':4}]                                     | 20
            'fields':[{'size':4,'array_len':0}]                                     | 0
            'fields':[{'size':9,'struct':{'vmsd_name':'s','fields':[{'size':9}]}}]  | 9
            'fields':[{'size':1}],'subsections':[]                                  | 1
            'subsections':[{'vmsd_name':'d/s','fields':[{'size':2}]}]               | 11
            'subsections':[{'vmsd_name':'s'},{'vmsd_name':'t','version':3}]         | 14
            'subsections':[{'vmsd_name':'s','subsections':[{'vmsd_name':'t'}]}]     | 14
            'size':7,'fields':[{'name':'data','size':7,'type':'buffer'}]            | 7
            'unknown':[{'size':3},{}],'fields':[{'size':1,'new':{'size':2}}]        | 1
            'fields':[{'size':2147483647}]                                          | 2147483647
            """)
    void addsFieldsAndSubsectionsUp(String members, int bytes) throws Exception {
        assertThat(bodyBytes(members)).isEqualTo(bytes);
    }

    @Test
    void deviceOfTheOldStyleHasNoVersion() throws Exception {
        assertThat(sizes("{'devices':[{'name':'d','instance_id':4294967295,'size':1,'fields':[{'size':1}]}]}"))
                .containsExactly(new SectionSize("d", -1, 0, 1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'fields':[{'size':2147483648}]                      | has 'size' 2147483648, expected 0 to 2147483647
            'fields':[{'size':-1}]                              | has 'size' -1, expected 0 to 2147483647
            'fields':[{'size':99999999999999999999}]            | has 'size' 99999999999999999999, expected 0 to 2147483647
            'fields':[{'size':1.0}]                             | has VALUE_NUMBER_FLOAT where 'size' should be VALUE_NUMBER_INT
            'fields':[{'size':'1'}]                             | has VALUE_STRING where 'size' should be VALUE_NUMBER_INT
            'fields':[{'size':null}]                            | has VALUE_NULL where 'size' should be VALUE_NUMBER_INT
            'fields':[{'size':1,'array_len':-1}]                | has 'array_len' -1, expected 0 to 2147483647
            'fields':[{'size':65536,'array_len':32768}]         | speaks of 2147483648 bytes, expected at most 2147483647
            'fields':[{'size':2147483647,'array_len':2147483647}] | speaks of 4611686014132420609 bytes, expected at most 2147483647
            'fields':[{'size':2147483647},{'size':1}]           | speaks of 2147483648 bytes, expected at most 2147483647
            'fields':[{'size':2147483640}],'subsections':[{'vmsd_name':'ab'}] | speaks of 2147483648 bytes, expected at most 2147483647
            'fields':[{'name':'a'}]                             | has a field without 'size'
            'fields':[1]                                        | has VALUE_NUMBER_INT where a field should be START_OBJECT
            'fields':{}                                         | has START_OBJECT where 'fields' should be START_ARRAY
            'subsections':[{}]                                  | has a subsection without 'vmsd_name'
            'subsections':{}                                    | has START_OBJECT where 'subsections' should be START_ARRAY
            'subsections':[[]]                                  | has START_ARRAY where a subsection should be START_OBJECT
            'subsections':[{'vmsd_name':''}]                    | has a 'vmsd_name' of 0 characters, expected 1 to 255 of printable ASCII
            'subsections':[{'vmsd_name':'\\u00e9'}]             | has a 'vmsd_name' of 1 characters, expected 1 to 255 of printable ASCII
            'subsections':[{'vmsd_name':1}]                     | has VALUE_NUMBER_INT where 'vmsd_name' should be VALUE_STRING
            'version':4294967296                                | has 'version' 4294967296, expected 0 to 2147483647
            'instance_id':4294967296                            | has 'instance_id' 4294967296, expected 0 to 4294967295
            'instance_id':-1                                    | has 'instance_id' -1, expected 0 to 4294967295
            """)
    void refusesAStrangeDevice(String members, String message) {
        assertThatThrownBy(() -> bodyBytes(members)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("VM description " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            []                                     | has START_ARRAY where the VM description should be START_OBJECT
            {}                                     | has no 'devices'
            {'devices':{}}                         | has START_OBJECT where 'devices' should be START_ARRAY
            {'devices':[],'devices':[]}            | has 'devices' twice
            {'devices':[]}{}                       | goes on after its end
            {'devices':[{'instance_id':0}]}        | has a device without 'name' or 'instance_id'
            {'devices':[{'name':'d'}]}             | has a device without 'name' or 'instance_id'
            {'devices':[1]}                        | has VALUE_NUMBER_INT where a device should be START_OBJECT
            {'devices':[{'name':'d','instance_id':0,'fields':[{'size':2147483647}]},{'name':'e','instance_id':0,'fields':[{'size':1}]}]} | speaks of 2147483648 bytes, expected at most 2147483647
            """)
    void refusesAStrangeDescription(String json, String message) {
        assertThatThrownBy(() -> sizes(json)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("VM description " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{'devices':[", "{'devices':[]", "{'devices':[]}}", "{'devices':[],}", "x",
            "{'a\u0000':1,'devices':[]}", "{'devices':[{'name':'d','instance_id':0,'fields':[{'size':"})
    void refusesWhatIsNoJson(String json) {
        assertThatThrownBy(() -> sizes(json)).isInstanceOf(MalformedStreamException.class)
                .hasMessageStartingWith("VM description ");
    }

    @Test
    void boundsNestingAndTheLengthOfNames() {
        assertThatThrownBy(() -> sizes("{'a':" + "[".repeat(64))).isInstanceOf(MalformedStreamException.class)
                .hasMessageContaining("nesting depth (65)");
        assertThatThrownBy(() -> sizes("{'" + "a".repeat(1 << 20) + "':1}"))
                .isInstanceOf(MalformedStreamException.class).hasMessageContaining("Name length");
        assertThatThrownBy(() -> bodyBytes("'subsections':[{'vmsd_name':'" + "a".repeat(256) + "'}]"))
                .isInstanceOf(MalformedStreamException.class).hasMessageContaining("of 256 characters");
    }

    @Test
    void boundsTheNumberOfDevices() {
        String device = "{'name':'d','instance_id':0}";
        assertThatThrownBy(() -> sizes("{'devices':[" + (device + ",").repeat(1 << 16) + device + "]}"))
                .isInstanceOf(MalformedStreamException.class)
                .hasMessage("VM description has more than 65536 devices");
    }
}
