package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code :PORT}, and options after commas. */
final class InetUri {
    private static final Pattern NO_HOST = Pattern.compile("():([^,]{1,32})(,.*)?", Pattern.DOTALL);
    private static final Pattern IPV6 = Pattern.compile("\\[([^\\]]{1,64})\\]:([^,]{1,32})(,.*)?", Pattern.DOTALL);
    private static final Pattern HOST = Pattern.compile("([^:]{1,64}):([^,]{1,32})(,.*)?", Pattern.DOTALL);
    private static final Pattern TO = Pattern.compile("[0-9]{1,9}");

    private final String text;
    private Optional<Long> to = Optional.empty();
    private Optional<Boolean> ipv4 = Optional.empty();
    private Optional<Boolean> ipv6 = Optional.empty();
    private Optional<Boolean> keepAlive = Optional.empty();
    private Optional<Boolean> mptcp = Optional.empty();

    private InetUri(String text) {
        this.text = text;
    }

    static MigrationAddress.Inet parse(String text) throws QmpException {
        if (text.startsWith(":")) {
            return new InetUri(text).parse(NO_HOST, "error parsing port in address");
        }
        if (text.startsWith("[")) {
            return new InetUri(text).parse(IPV6, "error parsing IPv6 address");
        }
        return new InetUri(text).parse(HOST, "error parsing address");
    }

    private MigrationAddress.Inet parse(Pattern form, String otherwise) throws QmpException {
        Matcher matcher = form.matcher(text);
        if (!matcher.matches()) {
            throw new QmpException(otherwise + " '" + text + "'");
        }
        String options = matcher.group(3);
        if (options != null) {
            for (String option : options.substring(1).split(",", -1)) {
                option(option);
            }
        }
        return new MigrationAddress.Inet(matcher.group(1), matcher.group(2),
                new InetOptions(Optional.empty(), to, ipv4, ipv6, keepAlive, mptcp));
    }

    /** QEMU ignores options it does not know; a misspelt one deserves an answer. */
    private void option(String option) throws QmpException {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        String value = equals < 0 ? "" : option.substring(equals);
        switch (name) {
            case "to" -> to = Optional.of(lastPort(value));
            case "ipv4" -> ipv4 = flag(name, value);
            case "ipv6" -> ipv6 = flag(name, value);
            case "keep-alive" -> keepAlive = flag(name, value);
            case "mptcp" -> mptcp = flag(name, value);
            default -> throw new QmpException("error parsing address '" + text + "'");
        }
    }

    private static long lastPort(String value) throws QmpException {
        if (value.isEmpty() || !TO.matcher(value.substring(1)).matches()) {
            throw new QmpException("error parsing to= argument");
        }
        return Long.parseLong(value.substring(1));
    }

    private static Optional<Boolean> flag(String name, String value) throws QmpException {
        return switch (value) {
            case "", "=on" -> Optional.of(true);
            case "=off" -> Optional.of(false);
            default -> throw new QmpException("error parsing '" + name + "' flag '" + value + "'");
        };
    }
}
