// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.elf.BuildId;
import io.tetragon.policy.model.UprobeSpec.Algorithm;
import io.tetragon.policy.model.UprobeSpec.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether a file is the one that a policy means. */
final class Digests {
    private static final int PIECE = 1 << 16;
    /** Takes some ten seconds, in which no policy can be changed; a file with holes may claim a thousand times that. */
    private static final long HASHED_MAX = 4L << 30;

    private Digests() {}

    /**
     * Compares a file with the digests of a policy, of which it must have one.
     *
     * @return what it has instead, empty when it is the right file
     * @throws TetragonException FAILED_PRECONDITION when it cannot be read
     */
    static String mismatch(Binary binary, List<Digest> digests) throws TetragonException {
        Map<Algorithm, String> found = new EnumMap<>(Algorithm.class);
        for (Digest digest : digests) {
            String own = found.get(digest.algorithm());
            if (own == null) {
                own = digest(binary, digest.algorithm());
                found.put(digest.algorithm(), own);
            }
            if (own.equals(digest.hex())) {
                return "";
            }
        }
        return found.entrySet().stream().map(entry -> entry.getValue().isEmpty() ? "no " + entry.getKey().word()
                : entry.getKey().word() + ":" + entry.getValue()).collect(Collectors.joining(" and "));
    }

    private static String digest(Binary binary, Algorithm algorithm) throws TetragonException {
        try (FileChannel channel = binary.open()) {
            byte[] digest = algorithm == Algorithm.BUILD_ID ? BuildId.read(channel)
                    : hash(binary, channel, algorithm);
            return HexFormat.of().formatHex(digest);
        } catch (IOException e) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, binary.hook(), "cannot read " + binary.path() + ": "
                    + e.getMessage(), "", e);
        }
    }

    private static byte[] hash(Binary binary, FileChannel channel, Algorithm algorithm)
            throws IOException, TetragonException {
        if (channel.size() > HASHED_MAX) {
            throw binary.wrong(binary.path() + " has " + channel.size() + " bytes, the limit for " + algorithm.word() + " is "
                    + HASHED_MAX, "give its build-id");
        }
        MessageDigest digest = message(algorithm.word().replace("sha", "SHA-"));
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (channel.position() < HASHED_MAX && channel.read(piece) >= 0) {
            digest.update(piece.flip());
            piece.clear();
        }
        return digest.digest();
    }

    private static MessageDigest message(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }
}
