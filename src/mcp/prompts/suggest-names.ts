import { listSources } from '../../queries/freshness.ts';
import { listNames, type Named, type NamedKind } from '../../queries/names.ts';
import type { Complete, Suggestions } from '../registry-prompts.ts';
import { foldName, toMatcher } from '../suggest.ts';
import { cleanText } from '../untrusted.ts';

/** As many as the protocol allows in one answer. */
const MOST = 100;

/** Names of jobs, machines or repositories that have what was typed in them; only of the chosen source, if there is one. */
export function completeName(kind: NamedKind): Complete {
  return (typed, { source }, context) =>
    context.read(async (db) => {
      const sourceIds = source === undefined ? undefined : await sourcesLike(source);
      return suggest(typed, await listNames(db, kind, sourceIds));

      async function sourcesLike(wanted: string): Promise<string[]> {
        const fits = toMatcher(wanted);
        const known = await listSources(db);
        return known
          .filter(({ sourceId, name }) => fits(sourceId) || fits(name))
          .map(({ sourceId }) => sourceId);
      }
    });
}

/** Names of sources. */
export const completeSource: Complete = (typed, _chosen, context) =>
  context.read(async (db) => {
    const sources = await listSources(db);
    return suggest(
      typed,
      sources.map(({ sourceId, name }) => ({ sourceId, id: sourceId, name })),
    );
  });

/** A value out of a few words of ours. */
export function completeWord(words: readonly string[]): Complete {
  return async (typed) => {
    const values = words.filter((word) => word.startsWith(typed.trim().toLowerCase()));
    return { values, total: values.length };
  };
}

/** What begins with the text comes before what only has it; letter case and accents do not matter. */
function suggest(typed: string, named: readonly Named[]): Suggestions {
  const text = foldName(typed);
  const ranked = new Map<string, number>();
  for (const { id, name } of named) {
    const at = foldName(name).indexOf(text);
    if (at < 0) continue;
    const shown = cleanText(name, 200);
    // A name with something hidden in it cannot be typed back; its id can.
    const value = shown === name.trim() ? shown : id;
    ranked.set(value, Math.min(at, 1));
  }
  const values = [...ranked].sort(([a, x], [b, y]) => x - y || (foldName(a) < foldName(b) ? -1 : 1));
  return { values: values.slice(0, MOST).map(([value]) => value), total: values.length };
}
