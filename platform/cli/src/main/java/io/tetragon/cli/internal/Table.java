// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.util.ArrayList;
import java.util.List;

/** Rows in columns that are as wide as their widest cell, three spaces apart. */
final class Table {
    private Table() {}

    static String format(List<List<String>> rows) {
        return String.join("\n", lines(rows));
    }

    /** One line per row, without line ends and blanks before them. */
    static List<String> lines(List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                width[c] = Math.max(width[c], row.get(c).length());
            }
        }
        List<String> lines = new ArrayList<>(rows.size());
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < columns; c++) {
                String cell = row.get(c).replaceAll("\\p{Cntrl}", "?");
                line.append(cell).append(" ".repeat(width[c] - cell.length() + 3));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
