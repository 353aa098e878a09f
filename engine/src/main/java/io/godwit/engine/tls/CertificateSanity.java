package io.godwit.engine.tls;

import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether one's own certificates can do what they are for: found out when they are loaded, and said in QEMU's words. */
final class CertificateSanity {
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int KEY_CERT_SIGN = 5;
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String ANY_PURPOSE = "2.5.29.37.0";
    private static final String SERVER_PURPOSE = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_PURPOSE = "1.3.6.1.5.5.7.3.2";

    private final String role;

    CertificateSanity(QCryptoTLSCredsEndpoint endpoint) {
        role = endpoint.qapiName();
    }

    void checkAuthority(X509Certificate certificate, Path file) throws IOException {
        checkTimes(certificate, "CA", file);
        if (certificate.getExtensionValue(BASIC_CONSTRAINTS) == null) {
            throw new IOException("The certificate " + file + " is missing basic constraints for a CA");
        }
        if (certificate.getBasicConstraints() < 0) {
            throw new IOException("The certificate " + file + " basic constraints do not show a CA");
        }
        checkUsage(certificate, KEY_CERT_SIGN, "certificate signing", file);
    }

    void checkOwn(X509Certificate certificate, Path file) throws IOException {
        checkTimes(certificate, role, file);
        if (certificate.getBasicConstraints() >= 0) {
            throw new IOException(
                    "The certificate " + file + " basic constraints show a CA, but we need one for a " + role);
        }
        checkUsage(certificate, DIGITAL_SIGNATURE, "digital signature", file);
        checkPurpose(certificate, file);
    }

    private static void checkTimes(X509Certificate certificate, String what, Path file) throws IOException {
        try {
            certificate.checkValidity();
        } catch (CertificateExpiredException e) {
            throw new IOException("The " + what + " certificate " + file + " has expired", e);
        } catch (CertificateNotYetValidException e) {
            throw new IOException("The " + what + " certificate " + file + " is not yet active", e);
        }
    }

    private static void checkUsage(X509Certificate certificate, int bit, String what, Path file) throws IOException {
        boolean @Nullable [] usage = certificate.getKeyUsage();
        if (usage != null && !usage[bit] && isCritical(certificate, KEY_USAGE)) {
            throw new IOException("Certificate " + file + " usage does not permit " + what);
        }
    }

    private void checkPurpose(X509Certificate certificate, Path file) throws IOException {
        List<String> purposes;
        try {
            purposes = certificate.getExtendedKeyUsage();
        } catch (CertificateParsingException e) {
            throw new IOException("Unable to query certificate " + file + " key purpose: " + e.getMessage(), e);
        }
        String wanted = role.equals("server") ? SERVER_PURPOSE : CLIENT_PURPOSE;
        if (purposes != null && !purposes.contains(wanted) && !purposes.contains(ANY_PURPOSE)
                && isCritical(certificate, EXTENDED_KEY_USAGE)) {
            throw new IOException("Certificate " + file + " purpose does not allow use with a TLS " + role);
        }
    }

    private static boolean isCritical(X509Certificate certificate, String extension) {
        var critical = certificate.getCriticalExtensionOIDs();
        return critical != null && critical.contains(extension);
    }

    /** That the other end, which trusts the same authorities, is going to trust it too. */
    static void checkPair(PemFile own, List<X509Certificate> authorities, Path authorityFile) throws IOException {
        String attempt = "Our own certificate " + own.path() + " failed validation against " + authorityFile + ": ";
        try {
            List<X509Certificate> chain = own.certificates();
            var anchors = new HashSet<TrustAnchor>();
            authorities.forEach(authority -> anchors.add(new TrustAnchor(authority, null)));
            var selector = new X509CertSelector();
            selector.setCertificate(chain.getFirst());
            var parameters = new PKIXBuilderParameters(anchors, selector);
            parameters.setRevocationEnabled(false);
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
            CertPathBuilder.getInstance("PKIX").build(parameters);
        } catch (CertPathBuilderException e) {
            throw new IOException(attempt + "The certificate hasn't got a known issuer", e);
        } catch (GeneralSecurityException e) {
            throw new IOException(attempt + "The certificate is not trusted", e);
        }
    }
}
