package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Optional;

/**
 * gnutls.h and x509.h of libgnutls 3.6.5 and later (TLS 1.3), which is there where a QEMU is. Results below 0 are {@code GNUTLS_E_} codes.
 * Where the library is missing every call returns 0: ask {@link #isPresent} first.
 */
public final class Gnutls {
    public static final int GNUTLS_SERVER = 1;
    public static final int GNUTLS_CLIENT = 1 << 1;
    public static final int GNUTLS_NONBLOCK = 1 << 3;
    public static final int GNUTLS_NO_SIGNAL = 1 << 6;
    public static final int GNUTLS_CRD_CERTIFICATE = 1;
    public static final int GNUTLS_X509_FMT_DER = 0;
    public static final int GNUTLS_X509_FMT_PEM = 1;
    public static final int GNUTLS_PK_ECDSA = 4;
    public static final int GNUTLS_DIG_SHA256 = 6;
    /** {@code GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)}. */
    public static final int BITS_OF_SECP256R1 = 1 << 31 | 2;
    public static final int GNUTLS_CERT_REQUIRE = 2;
    public static final int GNUTLS_SHUT_WR = 1;
    public static final int GNUTLS_AL_FATAL = 2;
    public static final int GNUTLS_A_ACCESS_DENIED = 49;

    public static final int GNUTLS_CERT_REVOKED = 1 << 5;
    public static final int GNUTLS_CERT_SIGNER_NOT_FOUND = 1 << 6;
    public static final int GNUTLS_CERT_INSECURE_ALGORITHM = 1 << 8;
    public static final int GNUTLS_CERT_NOT_ACTIVATED = 1 << 9;
    public static final int GNUTLS_CERT_EXPIRED = 1 << 10;
    public static final int GNUTLS_CERT_UNEXPECTED_OWNER = 1 << 14;

    public static final int GNUTLS_E_FATAL_ALERT_RECEIVED = -12;
    public static final int GNUTLS_E_WARNING_ALERT_RECEIVED = -16;
    public static final int GNUTLS_E_AGAIN = -28;
    public static final int GNUTLS_E_NO_CERTIFICATE_FOUND = -49;
    public static final int GNUTLS_E_INTERRUPTED = -52;
    public static final int GNUTLS_E_PUSH_ERROR = -53;
    public static final int GNUTLS_E_PULL_ERROR = -54;
    public static final int GNUTLS_E_PREMATURE_TERMINATION = -110;
    public static final int GNUTLS_E_CERTIFICATE_REQUIRED = -112;
    public static final int GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR = -348;

    /** gnutls_datum_t. */
    public static final StructLayout DATUM = MemoryLayout.structLayout(JAVA_LONG.withName("data"),
            JAVA_INT.withName("size"), MemoryLayout.paddingLayout(4));

    /** Messages are short. */
    private static final long MOST_TEXT = 512;

    private static final Optional<SymbolLookup> LIBRARY = HostLibrary.load("libgnutls.so.30");
    private static final MethodHandle CERTIFICATE_ALLOCATE_CREDENTIALS = link("gnutls_certificate_allocate_credentials",
            FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle CERTIFICATE_FREE_CREDENTIALS = link("gnutls_certificate_free_credentials",
            FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle CERTIFICATE_SET_X509_TRUST_FILE = link("gnutls_certificate_set_x509_trust_file",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT));
    private static final MethodHandle CERTIFICATE_SET_X509_KEY_FILE2 = link("gnutls_certificate_set_x509_key_file2",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CERTIFICATE_SET_X509_CRL_FILE = link("gnutls_certificate_set_x509_crl_file",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT));
    private static final MethodHandle CERTIFICATE_SERVER_SET_REQUEST = link("gnutls_certificate_server_set_request",
            FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT));
    private static final MethodHandle CERTIFICATE_SET_X509_KEY = link("gnutls_certificate_set_x509_key",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG));
    private static final MethodHandle X509_PRIVKEY_INIT = link("gnutls_x509_privkey_init",
            FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle X509_PRIVKEY_DEINIT = link("gnutls_x509_privkey_deinit",
            FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle X509_PRIVKEY_GENERATE = link("gnutls_x509_privkey_generate",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle X509_CRT_INIT = link("gnutls_x509_crt_init",
            FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle X509_CRT_DEINIT = link("gnutls_x509_crt_deinit",
            FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle X509_CRT_SET_VERSION = link("gnutls_x509_crt_set_version",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle X509_CRT_SET_SERIAL = link("gnutls_x509_crt_set_serial",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG));
    private static final MethodHandle X509_CRT_SET_DN = link("gnutls_x509_crt_set_dn",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle X509_CRT_SET_ACTIVATION_TIME = link("gnutls_x509_crt_set_activation_time",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle X509_CRT_SET_EXPIRATION_TIME = link("gnutls_x509_crt_set_expiration_time",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle X509_CRT_SET_KEY = link("gnutls_x509_crt_set_key",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle X509_CRT_SIGN2 = link("gnutls_x509_crt_sign2",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle X509_CRT_EXPORT = link("gnutls_x509_crt_export",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle INIT = link("gnutls_init", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle DEINIT = link("gnutls_deinit", FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle PRIORITY_SET_DIRECT = link("gnutls_priority_set_direct",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle CREDENTIALS_SET = link("gnutls_credentials_set",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG));
    private static final MethodHandle SESSION_SET_VERIFY_CERT = link("gnutls_session_set_verify_cert",
            FunctionDescriptor.ofVoid(JAVA_LONG, ADDRESS, JAVA_INT));
    private static final MethodHandle SESSION_GET_VERIFY_CERT_STATUS = link("gnutls_session_get_verify_cert_status",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle TRANSPORT_SET_INT2 = link("gnutls_transport_set_int2",
            FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle HANDSHAKE = link("gnutls_handshake", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle RECORD_GET_DIRECTION = link("gnutls_record_get_direction",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle RECORD_SEND = link("gnutls_record_send",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle RECORD_RECV = link("gnutls_record_recv",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle ALERT_GET = link("gnutls_alert_get", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle ALERT_SEND = link("gnutls_alert_send",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle ALERT_SEND_APPROPRIATE = link("gnutls_alert_send_appropriate",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle BYE = link("gnutls_bye", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CERTIFICATE_GET_PEERS = link("gnutls_certificate_get_peers",
            FunctionDescriptor.of(ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle ALERT_GET_NAME = link("gnutls_alert_get_name",
            FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle STRERROR = link("gnutls_strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

    private Gnutls() {}

    @SuppressWarnings("restricted") // Declared as gnutls.h has them.
    private static MethodHandle link(String name, FunctionDescriptor signature) {
        return LIBRARY.map(library -> Linker.nativeLinker().downcallHandle(library.findOrThrow(name), signature))
                .orElseGet(() -> MethodHandles.empty(signature.toMethodType()));
    }

    public static boolean isPresent() {
        return LIBRARY.isPresent();
    }

    /** Writes the address of new credentials to {@code out}. */
    public static int gnutls_certificate_allocate_credentials(MemorySegment out) {
        try {
            return (int) CERTIFICATE_ALLOCATE_CREDENTIALS.invokeExact(out);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_allocate_credentials", t);
        }
    }

    public static void gnutls_certificate_free_credentials(long credentials) {
        try {
            CERTIFICATE_FREE_CREDENTIALS.invokeExact(credentials);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_free_credentials", t);
        }
    }

    /** How many certificates were read. */
    public static int gnutls_certificate_set_x509_trust_file(long credentials, MemorySegment file, int type) {
        try {
            return (int) CERTIFICATE_SET_X509_TRUST_FILE.invokeExact(credentials, file, type);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_set_x509_trust_file", t);
        }
    }

    public static int gnutls_certificate_set_x509_key_file2(long credentials, MemorySegment certificates,
            MemorySegment key, int type, MemorySegment password, int flags) {
        try {
            return (int) CERTIFICATE_SET_X509_KEY_FILE2.invokeExact(credentials, certificates, key, type, password,
                    flags);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_set_x509_key_file2", t);
        }
    }

    /** How many lists were read. */
    public static int gnutls_certificate_set_x509_crl_file(long credentials, MemorySegment file, int type) {
        try {
            return (int) CERTIFICATE_SET_X509_CRL_FILE.invokeExact(credentials, file, type);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_set_x509_crl_file", t);
        }
    }

    public static void gnutls_certificate_server_set_request(long session, int request) {
        try {
            CERTIFICATE_SERVER_SET_REQUEST.invokeExact(session, request);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_server_set_request", t);
        }
    }

    /** {@code certificates} is an array of {@code count} of them, the key's first; all are copied. */
    public static int gnutls_certificate_set_x509_key(long credentials, MemorySegment certificates, int count,
            long key) {
        try {
            return (int) CERTIFICATE_SET_X509_KEY.invokeExact(credentials, certificates, count, key);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_set_x509_key", t);
        }
    }

    /** Writes the address of a new key, which has no value yet, to {@code out}. */
    public static int gnutls_x509_privkey_init(MemorySegment out) {
        try {
            return (int) X509_PRIVKEY_INIT.invokeExact(out);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_privkey_init", t);
        }
    }

    public static void gnutls_x509_privkey_deinit(long key) {
        try {
            X509_PRIVKEY_DEINIT.invokeExact(key);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_privkey_deinit", t);
        }
    }

    public static int gnutls_x509_privkey_generate(long key, int algorithm, int bits, int flags) {
        try {
            return (int) X509_PRIVKEY_GENERATE.invokeExact(key, algorithm, bits, flags);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_privkey_generate", t);
        }
    }

    /** Writes the address of a new certificate, which says nothing yet, to {@code out}. */
    public static int gnutls_x509_crt_init(MemorySegment out) {
        try {
            return (int) X509_CRT_INIT.invokeExact(out);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_init", t);
        }
    }

    public static void gnutls_x509_crt_deinit(long certificate) {
        try {
            X509_CRT_DEINIT.invokeExact(certificate);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_deinit", t);
        }
    }

    public static int gnutls_x509_crt_set_version(long certificate, int version) {
        try {
            return (int) X509_CRT_SET_VERSION.invokeExact(certificate, version);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_version", t);
        }
    }

    public static int gnutls_x509_crt_set_serial(long certificate, MemorySegment serial, long size) {
        try {
            return (int) X509_CRT_SET_SERIAL.invokeExact(certificate, serial, size);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_serial", t);
        }
    }

    public static int gnutls_x509_crt_set_dn(long certificate, MemorySegment name, MemorySegment errorAt) {
        try {
            return (int) X509_CRT_SET_DN.invokeExact(certificate, name, errorAt);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_dn", t);
        }
    }

    /** {@code time} is a {@code time_t}. */
    public static int gnutls_x509_crt_set_activation_time(long certificate, long time) {
        try {
            return (int) X509_CRT_SET_ACTIVATION_TIME.invokeExact(certificate, time);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_activation_time", t);
        }
    }

    /** {@code time} is a {@code time_t}. */
    public static int gnutls_x509_crt_set_expiration_time(long certificate, long time) {
        try {
            return (int) X509_CRT_SET_EXPIRATION_TIME.invokeExact(certificate, time);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_expiration_time", t);
        }
    }

    public static int gnutls_x509_crt_set_key(long certificate, long key) {
        try {
            return (int) X509_CRT_SET_KEY.invokeExact(certificate, key);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_set_key", t);
        }
    }

    public static int gnutls_x509_crt_sign2(long certificate, long issuer, long issuerKey, int digest, int flags) {
        try {
            return (int) X509_CRT_SIGN2.invokeExact(certificate, issuer, issuerKey, digest, flags);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_sign2", t);
        }
    }

    /** {@code size} is a {@code size_t}: how much room there is and, afterwards, how much was taken. */
    public static int gnutls_x509_crt_export(long certificate, int format, MemorySegment out, MemorySegment size) {
        try {
            return (int) X509_CRT_EXPORT.invokeExact(certificate, format, out, size);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_x509_crt_export", t);
        }
    }

    /** Writes the address of a new session to {@code out}. */
    public static int gnutls_init(MemorySegment out, int flags) {
        try {
            return (int) INIT.invokeExact(out, flags);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_init", t);
        }
    }

    public static void gnutls_deinit(long session) {
        try {
            DEINIT.invokeExact(session);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_deinit", t);
        }
    }

    public static int gnutls_priority_set_direct(long session, MemorySegment priorities, MemorySegment errorAt) {
        try {
            return (int) PRIORITY_SET_DIRECT.invokeExact(session, priorities, errorAt);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_priority_set_direct", t);
        }
    }

    public static int gnutls_credentials_set(long session, int type, long credentials) {
        try {
            return (int) CREDENTIALS_SET.invokeExact(session, type, credentials);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_credentials_set", t);
        }
    }

    /** {@code hostname} must stay for as long as the session. */
    public static void gnutls_session_set_verify_cert(long session, MemorySegment hostname, int flags) {
        try {
            SESSION_SET_VERIFY_CERT.invokeExact(session, hostname, flags);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_session_set_verify_cert", t);
        }
    }

    public static int gnutls_session_get_verify_cert_status(long session) {
        try {
            return (int) SESSION_GET_VERIFY_CERT_STATUS.invokeExact(session);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_session_get_verify_cert_status", t);
        }
    }

    public static void gnutls_transport_set_int2(long session, int receiving, int sending) {
        try {
            TRANSPORT_SET_INT2.invokeExact(session, receiving, sending);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_transport_set_int2", t);
        }
    }

    public static int gnutls_handshake(long session) {
        try {
            return (int) HANDSHAKE.invokeExact(session);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_handshake", t);
        }
    }

    /** What {@link #GNUTLS_E_AGAIN} waits for: 0 to read, 1 to write. */
    public static int gnutls_record_get_direction(long session) {
        try {
            return (int) RECORD_GET_DIRECTION.invokeExact(session);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_record_get_direction", t);
        }
    }

    /** {@code data} is an address. */
    public static long gnutls_record_send(long session, long data, long size) {
        try {
            return (long) RECORD_SEND.invokeExact(session, data, size);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_record_send", t);
        }
    }

    /** {@code data} is an address. */
    public static long gnutls_record_recv(long session, long data, long size) {
        try {
            return (long) RECORD_RECV.invokeExact(session, data, size);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_record_recv", t);
        }
    }

    /** The last alert that has come. */
    public static int gnutls_alert_get(long session) {
        try {
            return (int) ALERT_GET.invokeExact(session);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_alert_get", t);
        }
    }

    public static int gnutls_alert_send(long session, int level, int alert) {
        try {
            return (int) ALERT_SEND.invokeExact(session, level, alert);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_alert_send", t);
        }
    }

    public static int gnutls_alert_send_appropriate(long session, int error) {
        try {
            return (int) ALERT_SEND_APPROPRIATE.invokeExact(session, error);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_alert_send_appropriate", t);
        }
    }

    public static int gnutls_bye(long session, int how) {
        try {
            return (int) BYE.invokeExact(session, how);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_bye", t);
        }
    }

    /** An array of {@link #DATUM}, or NULL. */
    public static MemorySegment gnutls_certificate_get_peers(long session, MemorySegment count) {
        try {
            return (MemorySegment) CERTIFICATE_GET_PEERS.invokeExact(session, count);
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_certificate_get_peers", t);
        }
    }

    public static String gnutls_alert_get_name(int alert) {
        try {
            return text((MemorySegment) ALERT_GET_NAME.invokeExact(alert));
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_alert_get_name", t);
        }
    }

    public static String gnutls_strerror(int error) {
        try {
            return text((MemorySegment) STRERROR.invokeExact(error));
        } catch (Throwable t) {
            throw CallState.rethrow("gnutls_strerror", t);
        }
    }

    /** A copy of what a {@link #DATUM} of the library's speaks of. */
    @SuppressWarnings("restricted") // It has the size that it says.
    public static byte[] data(MemorySegment datum) {
        MemorySegment known = datum.reinterpret(DATUM.byteSize());
        int size = known.get(JAVA_INT, Long.BYTES);
        return MemorySegment.ofAddress(known.get(JAVA_LONG, 0)).reinterpret(size).toArray(JAVA_BYTE);
    }

    @SuppressWarnings("restricted") // The library's own text, which ends with a NUL.
    private static String text(MemorySegment message) {
        return message.address() == 0 ? "" : message.reinterpret(MOST_TEXT).getString(0);
    }
}
