/** Figures in aligned columns. */
export type Cell = string | number;

/** The rows under their headings; numbers to the right, words to the left. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = rows.map((row) => row.map(String));
  const widths = headings.map((heading, i) => Math.max(heading.length, ...text.map((row) => row[i]!.length)));
  const pad = (cell: string, i: number, isNumber: boolean): string =>
    isNumber ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
  const numeric = headings.map((_, i) => rows.every((row) => typeof row[i] === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, i, numeric[i]!))
      .join('  ')
      .trimEnd();
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...text.map(line)].join('\n');
}
