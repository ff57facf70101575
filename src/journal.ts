import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that went wrong on the way and may have been got over: where, in a word what, and how often. */
type Trouble = { where: string; what: string; times: number };

/** What a run asked for, how long the slowest answer took, and what went wrong, whether or not it was got over. */
export type JournalEntries = {
  requests: number;
  slowest: { endpoint: string; ms: number } | null;
  trouble: Trouble[];
};

type Journal = Omit<JournalEntries, 'trouble'> & { trouble: Map<string, Trouble> };

const current = new AsyncLocalStorage<Journal>();

/** More kinds of trouble than this are one of them: a record stays short whatever happens. */
const MOST_KINDS = 50;

/**
 * Lets `work` keep a journal: whatever it calls may note what it met. One within another begins with the trouble and the
 * slowest answer of the outer one, since what went wrong before a run is part of what happened to it.
 */
export function withJournal<T>(work: () => Promise<T>): Promise<T> {
  const outer = current.getStore();
  const trouble = new Map([...(outer?.trouble ?? [])].map(([key, one]) => [key, { ...one }]));
  return current.run({ requests: 0, slowest: outer?.slowest ?? null, trouble }, work);
}

/** @returns a way to let work that begins later go on in the journal that is kept now */
export function carryJournal(): <T>(work: () => Promise<T>) => Promise<T> {
  const journal = current.getStore();
  return (work) => (journal ? current.run(journal, work) : work());
}

/** Notes trouble in the journal that is kept, if one is. */
export function noteTrouble(where: string, what: string): void {
  const journal = current.getStore();
  if (!journal) return;
  const isFull = journal.trouble.size >= MOST_KINDS;
  const key = `${where} ${what}`;
  const known = journal.trouble.get(key) ?? (isFull ? journal.trouble.get(REST) : undefined);
  if (known) known.times += 1;
  else if (isFull) journal.trouble.set(REST, { where: 'elsewhere', what: 'more of it', times: 1 });
  else journal.trouble.set(key, { where, what, times: 1 });
}

const REST = '';

/** Notes that an endpoint was asked, and how long the answer took. */
export function noteRequest(endpoint: string, ms: number): void {
  const journal = current.getStore();
  if (!journal) return;
  journal.requests += 1;
  if (ms > (journal.slowest?.ms ?? -1)) journal.slowest = { endpoint, ms: Math.round(ms) };
}

/** What was noted so far; empty where no journal is kept. */
export function journalEntries(): JournalEntries {
  const { requests = 0, slowest = null, trouble } = current.getStore() ?? {};
  return { requests, slowest, trouble: [...(trouble?.values() ?? [])] };
}
