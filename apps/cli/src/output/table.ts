/** Columns are separated by this many blanks. */
const gap = 2;
/** No column is cut below this. */
const columnWidthMin = 8;

/**
 * Rows under a header, columns aligned to the left. With `width` the last column, then the widest, is cut so that no line is longer; without it
 * nothing is cut. An empty header prints none.
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], width?: number): string {
  const all = (header.length > 0 ? [header.map((title) => title.toUpperCase()), ...rows] : [...rows]).map((row) => row.map(oneLine));
  const widths = fit(columnWidths(all), width);
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => pad(cut(cell, widths[column] ?? 0), column === row.length - 1 ? 0 : (widths[column] ?? 0)))
          .join(' '.repeat(gap))
          .trimEnd()}\n`,
    )
    .join('');
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) => Math.max(0, ...rows.map((row) => lengthOf(row[column] ?? ''))));
}

/** Takes what is too much from the last column first, then from the widest. */
function fit(widths: readonly number[], width: number | undefined): number[] {
  const fitted = [...widths];
  if (width === undefined) return fitted;
  let excess = fitted.reduce((sum, column) => sum + column, 0) + gap * Math.max(0, fitted.length - 1) - width;
  const last = fitted.length - 1;
  while (excess > 0) {
    const widest = (fitted[last] ?? 0) > 2 * columnWidthMin ? last : fitted.indexOf(Math.max(...fitted));
    const taken = Math.min(excess, Math.max(0, (fitted[widest] ?? 0) - (widest === last ? 2 * columnWidthMin : columnWidthMin)));
    if (taken === 0) return fitted;
    const step = widest === last ? taken : 1;
    fitted[widest] = (fitted[widest] ?? 0) - step;
    excess -= step;
  }
  return fitted;
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\t]+\s*/g, ' ');
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
