/** Where a size is and what its numbers count. */
export type SizeColumn = { index: number; name: string; bytes: number };

export type Columns = {
  source: number;
  repository: number;
  time: number;
  capacity: SizeColumn;
  /** One of the two. */
  free: SizeColumn | null;
  used: SizeColumn | null;
  count: number;
};

const UNITS: Record<string, number> = {
  bytes: 1,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  pb: 1e15,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  pib: 2 ** 50,
};
const UNIT_NAMES = 'bytes, MB, GB, TB, PB (powers of 1000), MiB, GiB, TiB or PiB (powers of 1024)';

/** The columns that a header names, or what is wrong with it. A size without a unit is not guessed. */
export function readHeader(cells: readonly string[]): { columns: Columns | null; problems: string[] } {
  const problems: string[] = [];
  const names = cells.map((cell) =>
    cell
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const place = (name: string) => {
    const index = names.indexOf(name);
    if (index < 0) problems.push(`column ${name} is missing`);
    if (names.lastIndexOf(name) !== index) problems.push(`column ${name} is there twice`);
    return index;
  };
  const size = (what: string): SizeColumn | null => {
    const found = names.flatMap((name, index) =>
      name === what || name.startsWith(`${what}_`) ? [index] : [],
    );
    if (found.length > 1) problems.push(`there are ${found.length} columns of ${what}: give one`);
    const index = found[0];
    if (index === undefined) return null;
    const bytes = UNITS[(names[index] as string).slice(what.length + 1)];
    if (bytes === undefined)
      problems.push(`column ${cells[index]} has to name its unit, as ${what}_bytes: ${UNIT_NAMES}`);
    return { index, name: String(cells[index]).trim(), bytes: bytes ?? 1 };
  };
  const [source, repository, time] = [place('source'), place('repository'), place('time')];
  const [capacity, free, used] = [size('capacity'), size('free'), size('used')];
  if (!capacity) problems.push('column capacity_bytes is missing');
  if (!free && !used) problems.push('one of the columns free_bytes and used_bytes has to be there');
  if (free && used) problems.push(`columns ${free.name} and ${used.name} are both there: give one`);
  if (problems.length > 0 || !capacity) return { columns: null, problems };
  return { columns: { source, repository, time, capacity, free, used, count: cells.length }, problems };
}
