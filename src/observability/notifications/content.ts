/** What a message says, before it is put into the shape of a receiver. Texts of the source are cleaned, and not escaped yet. */
export type Content = {
  kind: 'critical' | 'stale' | 'recovered' | 'summary' | 'test';
  /** UTC, ISO: the state that it tells of. */
  asOf: string;
  entries: Entry[];
  /** How many more there are of each kind, that are not among the entries. */
  more: Counts;
  /** The receiver refused the entries. */
  isRefused?: true;
};

type Counts = Record<Entry['kind'], number>;

export type Entry = CriticalEntry | StaleEntry | RecoveredEntry;

export type CriticalEntry = {
  kind: 'critical';
  sourceId: string;
  source: string;
  itemId: string;
  /** What it is: machine, job, repository, incident or estate. */
  what: string;
  name: string;
  score: number;
  scoreLow: number;
  scoreHigh: number;
  tier: number | null;
  /** Start of the time in which it has been critical without a break, ISO; null: not known. */
  since: string | null;
  because: string[];
  /** What to do first; null: there is no plan yet. */
  first: { plan: string; step: string | null } | null;
  affectedMachines: number;
  /** Points of the score that rest on assumptions, as nothing could be measured. */
  assumedPoints: number;
  isMeasured: boolean;
  /** End of the assessment, ISO. */
  asOf: string;
};

export type StaleEntry = {
  kind: 'stale';
  sourceId: string;
  source: string;
  /** What is late: the workers, by name. */
  workers: string[];
  /** End of the last run that concluded, of the one that is latest; null: none ever did. */
  lastReadAt: string | null;
  /** Why, in our words; null: no run has failed, there was none. */
  reason: string | null;
};

type RecoveredEntry = {
  kind: 'recovered';
  sourceId: string;
  source: string;
  /** Since when it was late, as it was first seen, ISO. */
  lateSince: string;
};

export const NOTHING_MORE = { critical: 0, stale: 0, recovered: 0 };

/** How many there are of each kind, told one by one or not. */
export function countAll({ entries, more }: Content): Counts {
  const count = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind).length + more[kind];
  return { critical: count('critical'), stale: count('stale'), recovered: count('recovered') };
}

/** The same without entries, for a receiver that refused them. */
export function withoutEntries(content: Content): Content {
  return { ...content, kind: 'summary', entries: [], more: countAll(content), isRefused: true };
}
