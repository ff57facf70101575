import { expectedHours, staleAfterHours, usualHours } from '../../src/analysis/health/rhythm.ts';
import type { MetricsReader } from '../../src/db/connect.ts';
import { listUnreadEndpoints, listWorkerRuns, type WorkerRuns } from '../../src/queries/data-freshness.ts';
import { listSourcesAt, type SourceName } from '../../src/queries/freshness.ts';

/** Where the copies of a source are listed: without it nothing is known of them. */
const LISTS = new Set(['backupProtectedItems', 'backups/objects']);
const MOST_ENDPOINTS = 5_000;
const HOUR_MS = 3_600_000;

/** Another source that may hold copies of any machine, as nobody could look lately. */
export type UnreadSource = { sourceId: string; text: string };

/** Every other source that is known and whose copies were never listed, not by its last run, or too long ago. */
export async function readUnread(
  metrics: MetricsReader,
  { sourceId, now }: { sourceId: string; now: Date },
): Promise<UnreadSource[]> {
  const others = (await listSourcesAt(metrics, now)).filter((one) => one.sourceId !== sourceId);
  const runs = await listWorkerRuns(metrics, { workers: ['rto'], sources: others, asOf: now });
  const newest = runs.flatMap(({ sourceId: id, concluded: [last] }) =>
    last ? [{ sourceId: id, runId: last.runId }] : [],
  );
  const holes = await listUnreadEndpoints(metrics, newest, MOST_ENDPOINTS);
  const unlisted = new Set(
    holes.flatMap(({ sourceId: id, endpoint, outcome }) =>
      LISTS.has(endpoint) && outcome !== 'incomplete' ? [id] : [],
    ),
  );
  const bySource = new Map(runs.map((one) => [one.sourceId, one]));
  return others.flatMap((source) => {
    const why = whyUnread(bySource.get(source.sourceId), unlisted.has(source.sourceId), now);
    return why === null ? [] : [{ sourceId: source.sourceId, text: `${nameOf(source)} ${why}` }];
  });
}

function whyUnread(runs: WorkerRuns | undefined, isUnlisted: boolean, now: Date): string | null {
  const [last] = runs?.concluded ?? [];
  if (!runs || !last) return runs?.latest ? 'could not be read' : 'has not been read yet';
  const ends = runs.concluded.map(({ finishedAt }) => finishedAt.getTime());
  const age = (now.getTime() - last.finishedAt.getTime()) / HOUR_MS;
  if (age > staleAfterHours(expectedHours(ends, usualHours('rto'))))
    return `was last read ${last.finishedAt.toISOString().slice(0, 10)}`;
  return isUnlisted ? 'could not be read' : null;
}

/** A name that could say more than a name is not put into a sentence. */
const nameOf = ({ kind, name, sourceId }: SourceName) =>
  `${kind === 'azure' ? 'vault' : 'server'} ${/^[\w.-]{1,80}$/.test(name) ? name : sourceId}`;

const MOST_NAMED = 3;

/** In one sentence, of many the first; null: there is none. */
export function toUnreadText(unread: readonly UnreadSource[]): string | null {
  if (unread.length === 0) return null;
  const named = unread.slice(0, MOST_NAMED).map(({ text }) => text);
  const left = unread.length - named.length;
  return `${[...named, ...(left > 0 ? [`${left} more sources were not read`] : [])].join(', ')}`;
}
