import { localDay } from '../../src/analysis/zoned-time.ts';
import { createTimeParser, type TimeParser } from '../../src/veeam/time.ts';
import type { SampleRow } from '../shared/samples.ts';
import type { CsvLine } from './csv.ts';
import { type Columns, readHeader, type SizeColumn } from './import-columns.ts';

/** What rows may name. Names of repositories need not be unique. */
export type KnownSource = {
  sourceId: string;
  /** Zone of the server. */
  zone: string;
  repositories: { id: string; name: string }[];
};

export type ImportedRow = { line: number; sample: SampleRow };
export type Checked = { rows: ImportedRow[]; problems: string[] };

type Known = KnownSource & { parseTime: TimeParser };

const EARLIEST = Date.UTC(2000, 0, 1);
const SHOWN = 60;

/** Every row as a sample, and each thing that is wrong: line, column and what would be right. */
export function checkRows(lines: readonly CsvLine[], sources: readonly KnownSource[], now: Date): Checked {
  const [header, ...body] = lines;
  if (!header)
    return { rows: [], problems: ['line 1: the file is empty: it has to begin with a line of column names'] };
  const { columns, problems } = readHeader(header.cells);
  if (!columns) return { rows: [], problems: problems.map((text) => `line ${header.line}: ${text}`) };
  if (body.length === 0)
    return { rows: [], problems: [`line ${header.line}: no rows follow the column names`] };
  const known = new Map(
    sources.map((one): [string, Known] => [one.sourceId, { ...one, parseTime: createTimeParser(one.zone) }]),
  );
  const rows: ImportedRow[] = [];
  const all: string[] = [];
  for (const one of body) {
    const found: string[] = [];
    const row = checkRow(one, columns, known, now, found);
    if (row && found.length === 0) rows.push(row);
    all.push(...found.map((text) => `line ${one.line}: ${text}`));
  }
  return { rows, problems: [...all, ...contradictions(rows)] };
}

function checkRow(
  { line, cells }: CsvLine,
  columns: Columns,
  sources: ReadonlyMap<string, Known>,
  now: Date,
  problems: string[],
): ImportedRow | null {
  if (cells.length !== columns.count) {
    problems.push(`has ${cells.length} columns, the header has ${columns.count}`);
    return null;
  }
  const cell = (index: number) => (cells[index] ?? '').trim();
  const source = sources.get(cell(columns.source).toLowerCase());
  if (!source) {
    const names = [...sources.keys()].join(', ') || 'none yet: run worker:capacity once first';
    problems.push(`source ${shown(cell(columns.source))} is unknown: it has to be one of ${names}`);
  }
  const repositoryId = source && findRepository(source, cell(columns.repository), problems);
  const at = source && readTime(source, cell(columns.time), now, problems);
  const space = readSpace(cell, columns, problems);
  if (!source || !repositoryId || !at || !space) return null;
  return {
    line,
    sample: {
      source_id: source.sourceId,
      repository_id: repositoryId,
      sampled_at: at,
      local_day: localDay(at.getTime(), source.zone),
      ...space,
      stored_bytes: null,
      is_online: true,
      is_out_of_date: null,
      is_imported: true,
      reason: null,
      recorded_at: now,
    },
  };
}

function findRepository(
  { sourceId, repositories }: Known,
  text: string,
  problems: string[],
): string | undefined {
  const byId = repositories.find(({ id }) => id === text.toLowerCase());
  if (byId) return byId.id;
  const named = repositories.filter(({ name }) => name === text);
  if (named.length > 1)
    problems.push(
      `repository ${shown(text)} is the name of ${named.length} repositories: give the id instead`,
    );
  if (named.length === 0)
    problems.push(
      `repository ${shown(text)} is unknown at ${sourceId}: it has to be the id or the exact name of one`,
    );
  return named.length === 1 ? named[0]?.id : undefined;
}

/** A time without offset is local to the server, a day alone is its noon. */
function readTime({ zone, parseTime }: Known, text: string, now: Date, problems: string[]): Date | undefined {
  const at = parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T12:00:00` : text)?.at;
  if (!at) {
    problems.push(
      `time ${shown(text)} is no time: it has to be as 2025-01-31T22:00:00Z, with an offset, or in the zone of the server (${zone})`,
    );
  } else if (at > now) problems.push(`time ${shown(text)} lies in the future`);
  else if (at.getTime() < EARLIEST) problems.push(`time ${shown(text)} lies before 2000`);
  else return at;
  return undefined;
}

type Space = { capacity_bytes: number; free_bytes: number | null; used_bytes: number };

/** No capacity is storage without a limit, of which only the used bytes can be known. */
function readSpace(cell: (index: number) => string, columns: Columns, problems: string[]): Space | null {
  const { capacity, free, used } = columns;
  const before = problems.length;
  const total = cell(capacity.index) === '' ? null : readSize(capacity, cell, problems);
  const other = (free ?? used) as SizeColumn;
  const value = readSize(other, cell, problems);
  if (problems.length > before || value === null) return null;
  if (total === null) {
    if (used) return { capacity_bytes: -1, free_bytes: null, used_bytes: value };
    problems.push(
      `${capacity.name} is empty: it has to be given with ${other.name} (without a limit give used bytes)`,
    );
    return null;
  }
  if (total === 0)
    problems.push(`${capacity.name} is 0: it has to be more, or empty for storage without a limit`);
  else if (value > total)
    problems.push(`${other.name} is more than ${capacity.name}: it has to be at most that`);
  else
    return {
      capacity_bytes: total,
      free_bytes: free ? value : total - value,
      used_bytes: free ? total - value : value,
    };
  return null;
}

function readSize(
  { index, name, bytes }: SizeColumn,
  cell: (index: number) => string,
  problems: string[],
): number | null {
  const text = cell(index);
  const size = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * bytes) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  const right = Number.isNaN(size)
    ? 'a number with a point, without signs and thousands separators'
    : 'less than 8 PiB';
  problems.push(`${name} ${shown(text)} is wrong: it has to be ${right}`);
  return null;
}

/** The same repository and time with other numbers: which is right is not ours to say. */
function contradictions(rows: readonly ImportedRow[]): string[] {
  const first = new Map<string, ImportedRow>();
  return rows.flatMap((row) => {
    const key = keyOf(row.sample);
    const known = first.get(key);
    if (!known) first.set(key, row);
    if (!known || isSame(known.sample, row.sample)) return [];
    return [`line ${row.line}: time and repository are those of line ${known.line}, the numbers are not`];
  });
}

export const keyOf = (row: Pick<SampleRow, 'source_id' | 'repository_id' | 'sampled_at'>) =>
  `${row.source_id} ${row.repository_id} ${new Date(row.sampled_at).getTime()}`;

export const isSame = (
  a: { capacity_bytes?: number | null; used_bytes?: number | null },
  b: { capacity_bytes?: number | null; used_bytes?: number | null },
) => a.capacity_bytes === b.capacity_bytes && a.used_bytes === b.used_bytes;

const shown = (text: string) => JSON.stringify(text.slice(0, SHOWN));
