// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.yaml;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.model.Position;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Reads one YAML document from hostile bytes.
 *
 * <p>Syntax errors end the reading, so there is at most one of them; what a tree can still be built around (tags,
 * duplicate keys) is reported and skipped.
 */
public final class YamlReader {
    private YamlReader() {}

    /** Returns the document, or null when there is none; {@code problems} then says why. */
    public static @Nullable YamlNode read(byte[] yaml, Problems problems) {
        if (yaml.length > Limits.POLICY_BYTES) {
            problems.error(Position.START, "", "policy has " + yaml.length + " bytes",
                    "the limit is " + Limits.POLICY_BYTES, "split it into several policies");
            return null;
        }
        String text = decode(yaml, problems);
        if (text == null) {
            return null;
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(Limits.POLICY_BYTES + 1);
        options.setProcessComments(false);
        try {
            return new YamlComposer(new ParserImpl(new StreamReader(text), options), problems).document();
        } catch (YamlComposer.Refused e) {
            problems.error(e.at(), "", e.what(), e.why(), e.remedy());
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark();
            problems.error(place(mark), "", "not valid YAML", syntaxError(e), "");
        } catch (ReaderException e) {
            problems.error(place(text, e.getPosition()), "", "not valid YAML",
                    String.format("character U+%04X is not allowed", e.getCodePoint()), "remove it");
        } catch (RuntimeException e) {
            // The scanner lets number and index errors of malformed directives and escapes through as they are.
            problems.error(Position.START, "", "not valid YAML", "malformed directive or escape", "");
        }
        return null;
    }

    static Position place(@Nullable Mark mark) {
        return mark == null ? Position.START : new Position(mark.getLine() + 1, mark.getColumn() + 1);
    }

    private static String syntaxError(MarkedYAMLException e) {
        String problem = String.valueOf(e.getProblem());
        String context = e.getContext();
        String whole = context == null ? problem : context + ", " + problem;
        String quoted = Problems.quote(whole.length() > 75 ? problem : whole);
        return quoted.substring(1, quoted.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\");
    }

    private static @Nullable String decode(byte[] yaml, Problems problems) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(yaml);
        CharBuffer out = CharBuffer.allocate(yaml.length);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            String before = out.toString();
            problems.error(place(before, before.codePointCount(0, before.length())), "", "not valid UTF-8",
                    String.format("byte 0x%02x at offset %d", yaml[in.position()], in.position()),
                    "save the policy as UTF-8");
            return null;
        }
        String text = out.toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static Position place(String text, int codePoints) {
        int end = text.offsetByCodePoints(0, Math.min(codePoints, text.codePointCount(0, text.length())));
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < end; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new Position(line, text.codePointCount(lineStart, end) + 1);
    }
}
