// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a policy to send. */
final class PolicyFile {
    /** A message that an agent accepts; without a limit, a device would be read for ever. */
    private static final int MAX_BYTES = 4 << 20;

    private PolicyFile() {}

    /** @throws CliException if there is no such file, or it cannot be sent */
    static String read(String file) throws CliException {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new CliException(file + " has more than " + MAX_BYTES
                        + " bytes, which no agent accepts: split the policy");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new CliException(file + " is not UTF-8: save it as UTF-8", e);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new CliException("there is no file " + file + ": give a policy in YAML", e);
        } catch (IOException e) {
            throw new CliException("cannot read " + file + " (" + e.getMessage() + "): check its permissions", e);
        }
    }
}
