package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** QAPI {@code MigrationChannel}: an address and what it is for. */
public record MigrationChannel(MigrationChannelType channelType, MigrationAddress addr) {
    private static final Member<MigrationChannelType> CHANNEL_TYPE = Member.required("channel-type",
            MigrationChannelType.TYPE);
    private static final Member<MigrationAddress> ADDR = Member.required("addr", MigrationAddress.TYPE);

    public static final ObjectType<MigrationChannel> TYPE = ObjectType.of("MigrationChannel",
            in -> new MigrationChannel(in.get(CHANNEL_TYPE), in.get(ADDR)), CHANNEL_TYPE, ADDR);

    /** The one address that a command was given, in one way or the other. */
    static MigrationAddress address(Optional<String> uri, Optional<List<MigrationChannel>> channels)
            throws QmpException {
        List<MigrationChannel> list = channels.orElse(List.of());
        if (uri.isPresent() != list.isEmpty()) {
            throw new QmpException("need either 'uri' or 'channels' argument");
        }
        return uri.isPresent() ? MigrationUri.parse(uri.get()) : main(list);
    }

    private static MigrationAddress main(List<MigrationChannel> channels) throws QmpException {
        var seen = EnumSet.noneOf(MigrationChannelType.class);
        MigrationAddress main = null;
        for (MigrationChannel channel : channels) {
            if (!seen.add(channel.channelType())) {
                throw new QmpException(
                        "Channel list has more than one " + channel.channelType().qapiName() + " entry");
            }
            if (channel.channelType() == MigrationChannelType.MAIN) {
                main = channel.addr();
            }
        }
        if (main == null) {
            throw new QmpException("Channel list has no main entry");
        }
        if (seen.contains(MigrationChannelType.CPR)) {
            throw new QmpException("Channel type 'cpr' is only for migration mode 'cpr-transfer'");
        }
        if (main instanceof MigrationAddress.Exec exec && exec.args().isEmpty()) {
            throw new QmpException("Channel of transport 'exec' needs at least one of 'args', the program");
        }
        return main;
    }
}
