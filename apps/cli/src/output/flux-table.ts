/** What flux puts below a cell that has fewer lines than its row. */
const noLine = '  ';

/**
 * The table in flux's own bytes, so that what reads the output of flux reads this: each cell is padded to its column and ended by a tab (the last
 * title by a blank), the lines of a cell are below each other, nothing is cut. An empty header prints none.
 */
export function formatFluxTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = header.map((title) => title.toUpperCase());
  const cells = rows.map((row) => row.map((cell) => cell.split('\n')));
  const widths = columnWidths([titles.map((title) => [title]), ...cells]);
  const head = titles.length > 0 ? `${titles.map((title, column) => title.padEnd(widths[column] ?? 0)).join('\t')} \n` : '';
  return head + cells.map((row) => formatRow(row, widths)).join('');
}

function formatRow(row: readonly (readonly string[])[], widths: readonly number[]): string {
  const height = Math.max(1, ...row.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => `${row.map((lines, column) => `${pad(lines[line] ?? noLine, widths[column] ?? 0)}\t`).join('')}\n`).join(
    '',
  );
}

function columnWidths(rows: readonly (readonly (readonly string[])[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) => Math.max(0, ...rows.flatMap((row) => (row[column] ?? []).map(lengthOf))));
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
