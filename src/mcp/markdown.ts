/** A markdown table; nothing for no rows. Cells are numbers, our own words, or text that went through `quoteCell`. */
export function table(columns: string[], rows: (string | number | null)[][]): string {
  if (rows.length === 0) return '';
  const line = (cells: (string | number | null)[]) => `| ${cells.map((cell) => cell ?? '–').join(' | ')} |`;
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n');
}

/** Paragraphs with empty ones left out. */
export function paragraphs(parts: (string | null | undefined)[]): string {
  return parts.filter((part) => part).join('\n\n');
}

export function round(value: number, digits: number): number;
export function round(value: number | null, digits: number): number | null;
export function round(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

/** A time as answers show it, to the second. */
export function isoSeconds(time: Date): string;
export function isoSeconds(time: Date | null): string | null;
export function isoSeconds(time: Date | null): string | null {
  return time === null ? null : time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
