export const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Counts by name, added up where a name comes twice. */
export function tally(entries: [string, number][]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, count] of entries) counts[name] = (counts[name] ?? 0) + count;
  return counts;
}
