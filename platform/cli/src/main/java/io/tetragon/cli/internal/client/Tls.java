// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.client;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.tetragon.cli.internal.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The {@code --tls-*} flags. The connection is in plain text if none of them is given.
 *
 * @param certFile client certificate chain in PEM, or empty
 * @param keyFile its private key in PEM (PKCS#8), or empty
 * @param caFiles certificates to trust instead of those of the Java runtime
 * @param serverName name to expect in the server's certificate, or empty for the address
 * @param skipVerify accept any server
 */
public record Tls(
        String certFile, String keyFile, List<String> caFiles, String serverName, boolean skipVerify) {
    /** Plain text. */
    public static final Tls OFF = new Tls("", "", List.of(), "", false);

    boolean enabled() {
        return !equals(OFF);
    }

    SslContext context() throws CliException {
        if (certFile.isEmpty() != keyFile.isEmpty()) {
            throw new CliException("--tls-cert-file and --tls-key-file belong together: give both");
        }
        if (skipVerify && !caFiles.isEmpty()) {
            throw new CliException(
                    "--tls-skip-verify and --tls-ca-cert-files contradict each other: give one of them");
        }
        SslContextBuilder builder = GrpcSslContexts.forClient().protocols("TLSv1.3");
        if (skipVerify) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        } else if (!caFiles.isEmpty()) {
            builder.trustManager(certificates());
        }
        if (!certFile.isEmpty()) {
            keyPair(builder);
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new CliException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private void keyPair(SslContextBuilder builder) throws CliException {
        try (InputStream cert = open("--tls-cert-file", certFile);
                InputStream key = open("--tls-key-file", keyFile)) {
            builder.keyManager(cert, key);
        } catch (IOException | IllegalArgumentException e) {
            throw new CliException(
                    "the pair " + certFile + ", " + keyFile + " cannot be used: " + e.getMessage()
                            + "; the key must be PKCS#8 (openssl pkcs8 -topk8 -nocrypt)",
                    e);
        }
    }

    private List<X509Certificate> certificates() throws CliException {
        List<X509Certificate> found = new ArrayList<>();
        for (String file : caFiles) {
            try (InputStream in = open("--tls-ca-cert-files", file)) {
                for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                    found.add((X509Certificate) one);
                }
            } catch (IOException | CertificateException e) {
                throw new CliException(
                        "--tls-ca-cert-files " + file + " holds no PEM certificates: " + e.getMessage(), e);
            }
        }
        return found;
    }

    private static InputStream open(String flag, String file) throws CliException, IOException {
        try {
            return Files.newInputStream(Path.of(file));
        } catch (NoSuchFileException absent) {
            throw new CliException(flag + " " + file + " does not exist", absent);
        }
    }
}
