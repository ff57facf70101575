import type { PageOf } from '../mcp/cursor.ts';
import type { Meta } from './result.ts';

/** A list as it is paged: `all` is what pages are cut from. */
export type WholeList = { all: readonly unknown[] };
export type ListQuestion = { page: PageOf; cursor: string | undefined; moment: Date };

export type KeptLists = {
  /** The list of an earlier page, with what its answer said of itself; undefined: it is not here any more. */
  find: (question: ListQuestion) => { list: WholeList; meta: Meta } | undefined;
  keep: (question: ListQuestion, list: WholeList, meta: Meta) => void;
  clear: () => void;
};

/** A page that is asked for later than this is read anew. */
const GOOD_FOR_MS = 10 * 60_000;
const MOST_LISTS = 8;
/** Of all lists together: some 20 MiB. */
const MOST_ROWS = 30_000;

/**
 * Lists that were read for a first page, for the pages after it: they are of one moment, and Azure, which allows some
 * hundred calls an hour, is asked once.
 */
export function createKeptLists(now: () => number): KeptLists {
  const kept = new Map<string, { list: WholeList; meta: Meta; at: number }>();
  const rows = () => [...kept.values()].reduce((sum, { list }) => sum + list.all.length, 0);
  return {
    find: (question) => {
      const found = kept.get(keyOf(question));
      if (!found || question.cursor === undefined || now() - found.at > GOOD_FOR_MS) return undefined;
      return { list: found.list, meta: structuredClone(found.meta) };
    },
    keep: (question, list, meta) => {
      if (list.all.length > MOST_ROWS) return;
      kept.delete(keyOf(question));
      kept.set(keyOf(question), { list, meta: structuredClone(meta), at: now() });
      while (kept.size > MOST_LISTS || rows() > MOST_ROWS) kept.delete(kept.keys().next().value ?? '');
    },
    clear: () => kept.clear(),
  };
}

/** The same question at the same moment. A first page begins a moment of its own. */
const keyOf = ({ page, moment }: ListQuestion) => `${moment.getTime()} ${JSON.stringify(page)}`;
