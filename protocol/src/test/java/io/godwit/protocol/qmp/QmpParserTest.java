package io.godwit.protocol.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class QmpParserTest {
    private static final JsonLimits SMALL = new JsonLimits(4, 12, 40);

    private final List<QmpInput> heard = new ArrayList<>();
    private final QmpParser parser = new QmpParser(heard::add);

    /** Latin-1, so that {@code \xNN} of a test is one byte. */
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private List<QmpInput> feed(String text) {
        parser.feed(bytes(text), 0, text.length());
        return heard;
    }

    private static QmpInput value(String json) {
        return new QmpInput.Value(JsonMapper.shared().readTree(json));
    }

    private static QmpInput fault(String text) {
        return new QmpInput.Fault("JSON parse error, " + text);
    }

    private static List<QmpInput> parse(JsonLimits limits, String text) {
        var result = new ArrayList<QmpInput>();
        new QmpParser(result::add, limits).feed(bytes(text), 0, text.length());
        return result;
    }

    private static JsonNode only(List<QmpInput> heard) {
        assertThat(heard).hasSize(1);
        return ((QmpInput.Value) heard.getFirst()).value();
    }

    @Test
    void completesAnObjectAtItsBraceAndANumberAtTheByteAfterIt() {
        assertThat(feed("{\"a\":1}")).containsExactly(new QmpInput.Value(only(heard)));
        heard.clear();
        assertThat(feed("12")).isEmpty();
        assertThat(feed("{")).hasSize(1);
        assertThat(only(heard).longValue()).isEqualTo(12);
    }

    /** Each line was sent to QEMU 10.0.2. {@code <ff>} is a byte (or, in answers, a character), {@code ok} a value. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            <ff>12<20>                | stray '<fffd>'
            {"execute":"a<fe>"}       | stray '"a<fffd>' ; expecting value
            "<c3><a9><0a>             | stray '"<e9><0a>'
            "<e2><82><0a>             | stray '"<fffd><0a>'
            <c3><a9> x<0a>            | stray '<fffd>'
            <00>                      | stray ''
            "ab<00>cd"<0a>            | stray '"ab'
            hello<e9><0a>             | invalid keyword 'hello' ; stray '<fffd>'
            12<e9><0a>                | ok ; stray '<fffd>'
            "<5c>u12"                 | <5c>u12" is not a valid Unicode character
            "<5c>ud800<5c>u0041"      | <5c>ud800 is not a valid Unicode character
            "<5c>ud83d<5c>ude00"      | ok
            "<5c>ufdd0"               | <5c>ufdd0 is not a valid Unicode character
            "<ef><bf><be>"            | invalid UTF-8 sequence in string
            "<c0><af>"                | invalid UTF-8 sequence in string
            "<f4><90><80><80>"        | invalid UTF-8 sequence in string
            "<f0><9f><98><80>"        | ok
            {]                        | expecting value
            [}                        | expecting value
            {"a"]                     | missing : in object pair
            {"a":1]                   | expected separator in dict
            [1}                       | expected separator in list
            {"a":[1}]}                | expected separator in list ; expecting value
            {"a",1}                   | missing : in object pair
            {[1 2]:3}                 | expected separator in list
            -a<0a>                    | stray '-a'
            1e+<0a>                   | stray '1e+<0a>'
            1.5.<0a>                  | ok ; stray '.'
            1-2<20>                   | ok ; ok
            "a"1"b"                   | ok ; ok ; ok
            true1<20>                 | ok ; ok
            %d<0a>                    | stray '%'
            @ <01><0a>                | stray '@' ; stray '<01>'
            @<09><02>{}               | stray '@' ; stray '<02>' ; ok
            @<ff>{}                   | stray '@' ; stray '<fffd>' ; ok
            "<5c><0a>                 | stray '"<5c><0a>'
            "<5c><e9>"                | invalid escape sequence in string
            """)
    void readsOddBytesAsQemuDoes(String sent, String expected) {
        feed(plain(sent));
        List<String> told = heard.stream().map(input -> switch (input) {
            case QmpInput.Value _ -> "ok";
            case QmpInput.Fault(String text) -> text.replace("JSON parse error, ", "");
        }).toList();
        assertThat(told).containsExactly(plain(expected).split(" ; ", -1));
    }

    private static String plain(String text) {
        return Pattern.compile("<([0-9a-f]{2,4})>").matcher(text).replaceAll(
                hex -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(hex.group(1), 16))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
            "18446744073709551615"})
    void keepsIntegersOfBothSignsExact(String number) {
        feed(number + " ");
        assertThat(only(heard).isIntegralNumber()).isTrue();
        assertThat(only(heard).bigIntegerValue()).isEqualTo(new java.math.BigInteger(number));
    }

    @ParameterizedTest
    @CsvSource({"18446744073709551616, 1.8446744073709552E19", "-9223372036854775809, -9.223372036854775808E18",
            "1.5, 1.5", "1E2, 100", "1e400, 1.7976931348623157E308", "-1e400, -1.7976931348623157E308"})
    void makesDoublesOfOtherNumbers(String number, double expected) {
        feed(number + " ");
        assertThat(only(heard).isFloatingPointNumber()).isTrue();
        assertThat(only(heard).doubleValue()).isEqualTo(expected);
    }

    @Test
    void refusesOverlongZeroWhichQemuAccepts() {
        assertThat(feed("\"\u00c0\u0080\"")).containsExactly(fault("invalid UTF-8 sequence in string"));
    }

    @Test
    void refusesOneLevelTooManyAsSoonAsItOpensAndStartsAfresh() {
        String deepest = "[".repeat(1024) + "]".repeat(1024);
        assertThat(only(feed(deepest)).isArray()).isTrue();
        heard.clear();
        assertThat(feed("[".repeat(1024))).isEmpty();
        assertThat(feed("[")).containsExactly(new QmpInput.Fault("JSON nesting depth limit exceeded"));
        assertThat(feed("[1]")).hasSize(2);
    }

    @Test
    void countsObjectsAndArraysTogetherForNesting() {
        assertThat(parse(SMALL, "{\"a\":[{\"b\":[]}]}")).hasOnlyElementsOfType(QmpInput.Value.class);
        assertThat(parse(SMALL, "{\"a\":[{\"b\":[["))
                .containsExactly(new QmpInput.Fault("JSON nesting depth limit exceeded"));
    }

    @Test
    void refusesOneTokenTooMany() {
        assertThat(parse(SMALL, "[1,2,3,4,5]")).hasOnlyElementsOfType(QmpInput.Value.class);
        assertThat(parse(SMALL, "[1,2,3,4,5,6]"))
                .containsExactly(new QmpInput.Fault("JSON token count limit exceeded"));
    }

    @Test
    void refusesTooMuchTextInManyTokensOrInOneThatDoesNotEnd() {
        var tooMuch = new QmpInput.Fault("JSON token size limit exceeded");
        assertThat(parse(SMALL, "[\"" + "x".repeat(35) + "\"]")).hasOnlyElementsOfType(QmpInput.Value.class);
        assertThat(parse(SMALL, "[\"" + "x".repeat(36) + "\"]")).containsExactly(tooMuch);
        assertThat(parse(SMALL, "[\"" + "x".repeat(20) + "\",\"" + "x".repeat(20) + "\"")).containsExactly(tooMuch);
        assertThat(parse(SMALL, "\"" + "x".repeat(39))).isEmpty();
        assertThat(parse(SMALL, "\"" + "x".repeat(40))).containsExactly(tooMuch);
        assertThat(parse(SMALL, "\"" + "x".repeat(40) + "[1]")).hasSize(2);
        assertThat(parse(SMALL, "1".repeat(41))).containsExactly(tooMuch);
    }

    @Test
    void takesWhiteSpaceForFree() {
        assertThat(parse(SMALL, " ".repeat(1000) + "{\"a\":" + "\n".repeat(1000) + "1}")).hasSize(1);
    }

    @Test
    void forgetsTheTokensOfAFaultyRequestWhenTheNextBegins() {
        assertThat(parse(SMALL, "[1,2,3,4 @[1,2,3,4,5]")).hasSize(2).last().isInstanceOf(QmpInput.Value.class);
    }

    @Test
    void takesTheRestOfABufferWhereverItIs() {
        ByteBuffer heap = ByteBuffer.wrap(bytes("xx{}yy"), 2, 2);
        parser.feed(heap);
        ByteBuffer direct = ByteBuffer.allocateDirect(2).put(bytes("[]")).flip();
        parser.feed(direct);
        assertThat(heard).containsExactly(value("{}"), value("[]"));
        assertThat(heap.hasRemaining() || direct.hasRemaining()).isFalse();
    }

    @Test
    void readsHostileInputTheSameInOnePieceAndByteByByte() {
        byte[][] seeds = Arrays.stream(new String[]{"{\"execute\":\"query-status\",\"id\":[1,{\"a\":-1.5e+3},null]}",
                "{'a':'\\u00e9\\ud83d\\ude00\u00c3\u00a9','b':[true,false,[],{}]}\n12 \u00ff{\"x\":0}",
                "[[[[\"\\\\\\\"\"]]]]{\"k\":18446744073709551615}@ junk\n{\"z\":1}"}).map(QmpParserTest::bytes)
                .toArray(byte[][]::new);
        var random = new Random(20251120);
        for (int round = 0; round < 20_000; round++) {
            byte[] input = mutated(seeds[random.nextInt(seeds.length)], random);
            var whole = new ArrayList<QmpInput>();
            new QmpParser(whole::add, SMALL).feed(input, 0, input.length);
            var pieces = new ArrayList<QmpInput>();
            var piecewise = new QmpParser(pieces::add, SMALL);
            for (int i = 0; i < input.length; i++) {
                piecewise.feed(input, i, 1);
            }
            assertThat(pieces).as("round %d", round).isEqualTo(whole);
        }
    }

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] result = seed.clone();
        String interesting = "{}[]:,\"'\\ \n\t0-1.eEtfnu\u0000\u0001\u0080\u00c3\u00fd\u00fe\u00ff";
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(result.length);
            if (random.nextInt(4) == 0) {
                int from = random.nextInt(result.length);
                int length = Math.min(random.nextInt(8), result.length - Math.max(at, from));
                System.arraycopy(result, from, result, at, length);
            } else {
                result[at] = (byte) interesting.charAt(random.nextInt(interesting.length()));
            }
        }
        return result;
    }
}
