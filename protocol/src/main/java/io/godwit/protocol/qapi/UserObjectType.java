package io.godwit.protocol.qapi;

/** QAPI {@code ObjectType}, as far as Godwit has such objects. */
public enum UserObjectType implements QapiEnum {
    AUTHZ_SIMPLE,
    SECRET,
    TLS_CREDS_X509;

    public static final EnumType<UserObjectType> TYPE = EnumType.of(UserObjectType.class);
}
