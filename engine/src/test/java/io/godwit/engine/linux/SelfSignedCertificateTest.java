package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import org.junit.jupiter.api.Test;

class SelfSignedCertificateTest {

    @Test
    void isOneThatOthersCanReadAndItsOwnKeyHasSigned() throws IOException, GeneralSecurityException {
        X509Certificate made;
        try (var certificate = new SelfSignedCertificate()) {
            made = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(certificate.encoded()));
        }

        made.verify(made.getPublicKey());
        made.checkValidity();
        assertThat(made.getVersion()).isEqualTo(3);
        assertThat(made.getSubjectX500Principal().getName()).isEqualTo("CN=godwit");
        assertThat(((ECPublicKey) made.getPublicKey()).getParams().getCurve().getField().getFieldSize())
                .isEqualTo(256);
        assertThat(made.getSigAlgName()).isEqualTo("SHA256withECDSA");
    }
}
