package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.BuiltinType.BOOL;
import static io.godwit.protocol.qapi.BuiltinType.STR;

import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code ObjectOptions}: an object that a client makes by {@code object-add}, as far as Godwit has such objects. */
public sealed interface ObjectOptions {
    StructType<ObjectOptions> TYPE = Types.OPTIONS;

    /** By what others refer to it. */
    String id();

    /** The arguments of {@code object-add} that it is made of. */
    ObjectNode toJson();

    /** Certificates and a key for one end of TLS connections. What is left out has QEMU's default. */
    record TlsCredsX509(String id, Optional<String> dir, QCryptoTLSCredsEndpoint endpoint, boolean verifyPeer,
            boolean sanityCheck, Optional<String> priority, Optional<String> passwordid) implements ObjectOptions {
        @Override
        public ObjectNode toJson() {
            ObjectNode json = named(UserObjectType.TLS_CREDS_X509, id).put("endpoint", endpoint.qapiName())
                    .put("verify-peer", verifyPeer).put("sanity-check", sanityCheck);
            dir.ifPresent(value -> json.put("dir", value));
            priority.ifPresent(value -> json.put("priority", value));
            passwordid.ifPresent(value -> json.put("passwordid", value));
            return json;
        }
    }

    /** A password, given as it is or in a file. */
    record Secret(String id, Optional<String> data, Optional<String> file, SecretFormat format,
            Optional<String> keyid) implements ObjectOptions {
        @Override
        public ObjectNode toJson() {
            ObjectNode json = named(UserObjectType.SECRET, id).put("format", format.qapiName());
            data.ifPresent(value -> json.put("data", value));
            file.ifPresent(value -> json.put("file", value));
            keyid.ifPresent(value -> json.put("keyid", value));
            return json;
        }

        /** Without what it hides. */
        @Override
        public String toString() {
            return "Secret[" + id + "]";
        }
    }

    /** Lets one identity in and nobody else. */
    record AuthzSimple(String id, String identity) implements ObjectOptions {
        @Override
        public ObjectNode toJson() {
            return named(UserObjectType.AUTHZ_SIMPLE, id).put("identity", identity);
        }
    }

    private static ObjectNode named(UserObjectType type, String id) {
        return JsonNodeFactory.instance.objectNode().put("qom-type", type.qapiName()).put("id", id);
    }

    /** The schema's types behind it. */
    final class Types {
        private static final Member<String> ID = Member.required("id", STR);
        private static final Member<String> DIR = Member.optional("dir", STR);
        private static final Member<QCryptoTLSCredsEndpoint> ENDPOINT = Member.optional("endpoint",
                QCryptoTLSCredsEndpoint.TYPE);
        private static final Member<Boolean> VERIFY_PEER = Member.optional("verify-peer", BOOL);
        private static final Member<Boolean> SANITY_CHECK = Member.optional("sanity-check", BOOL);
        private static final Member<String> PRIORITY = Member.optional("priority", STR);
        private static final Member<String> PASSWORDID = Member.optional("passwordid", STR);
        private static final ObjectType<ObjectOptions> X509 = ObjectType.of("TlsCredsX509Properties",
                in -> new TlsCredsX509(in.get(ID), in.find(DIR),
                        in.find(ENDPOINT).orElse(QCryptoTLSCredsEndpoint.CLIENT), in.find(VERIFY_PEER).orElse(true),
                        in.find(SANITY_CHECK).orElse(true), in.find(PRIORITY), in.find(PASSWORDID)),
                ID, VERIFY_PEER, DIR, ENDPOINT, PRIORITY, SANITY_CHECK, PASSWORDID);

        private static final Member<SecretFormat> FORMAT = Member.optional("format", SecretFormat.TYPE);
        private static final Member<String> KEYID = Member.optional("keyid", STR);
        private static final Member<String> IV = Member.optional("iv", STR);
        private static final Member<String> DATA = Member.optional("data", STR);
        private static final Member<String> FILE = Member.optional("file", STR);
        private static final ObjectType<ObjectOptions> SECRET = ObjectType.of("SecretProperties",
                in -> new Secret(in.get(ID), in.find(DATA), in.find(FILE), in.find(FORMAT).orElse(SecretFormat.RAW),
                        in.find(KEYID)),
                ID, FORMAT, KEYID, IV, DATA, FILE);

        private static final Member<String> IDENTITY = Member.required("identity", STR);
        private static final ObjectType<ObjectOptions> AUTHZ = ObjectType.of("AuthZSimpleProperties",
                in -> new AuthzSimple(in.get(ID), in.get(IDENTITY)), ID, IDENTITY);

        private static final UnionType<UserObjectType, ObjectOptions> OPTIONS = new UnionType<>("ObjectOptions",
                Member.required("qom-type", UserObjectType.TYPE), Map.of(UserObjectType.TLS_CREDS_X509, X509,
                        UserObjectType.SECRET, SECRET, UserObjectType.AUTHZ_SIMPLE, AUTHZ));

        private Types() {}
    }
}
