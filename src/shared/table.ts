/** A table for the terminal: columns as wide as their widest cell, numbers (every column but the first) to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** "1 file", "2 files", "3 discoveries". */
export function counted(count: number, thing: string): string {
  return `${count} ${count === 1 ? thing : `${thing.replace(/([^aeiou])y$/, '$1ie')}s`}`;
}
