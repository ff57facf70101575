import type { MetricsReader } from '../../../db/connect.ts';
import { listSpaces, type Space } from '../../../queries/changes-results.ts';
import { cleanText } from '../../untrusted.ts';
import { type Compared, type Comparison, comparedOf, hiddenBy } from './compare.ts';
import type { Rows } from './shape.ts';

type SpaceRow = Rows['capacity'];

/** From which share of the capacity a change of use is worth a line, and from how many days a change of the date. */
const USE_SHARE = 0.01;
const DATE_DAYS = 7;
const DAY_MS = 86_400_000;
const PRIORITIES = ['URGENT', 'HIGH', 'UNKNOWN', 'MEDIUM', 'LOW', 'NONE'];
/** Nothing was read of these, so that nothing can be said of their use. */
const UNREAD = ['OFFLINE', 'NO_DATA'];

/** Repositories whose use, capacity, priority or date changed, or that came or went. */
export async function readSpaces(db: MetricsReader, comparisons: readonly Comparison[]): Promise<SpaceRow[]> {
  const pairs = comparedOf(comparisons, 'capacity');
  const runs = [...pairs.values()].flatMap(({ before, now }) => [before, now]);
  if (runs.length === 0) return [];
  const byKey = new Map(
    (await listSpaces(db, runs)).map((space) => [keyOf(space.runId, space.repositoryId), space]),
  );
  const seen = new Set<string>();
  const rows: SpaceRow[] = [];
  for (const { sourceId, repositoryId } of byKey.values()) {
    const pair = pairs.get(sourceId);
    const key = keyOf(sourceId, repositoryId);
    if (!pair || seen.has(key)) continue;
    seen.add(key);
    const row = toRow(
      pair,
      byKey.get(keyOf(pair.before.runId, repositoryId)),
      byKey.get(keyOf(pair.now.runId, repositoryId)),
    );
    if (row) rows.push(row);
  }
  return rows;
}

const keyOf = (...parts: string[]) => JSON.stringify(parts);

function toRow(pair: Compared, then: Space | undefined, now: Space | undefined): SpaceRow | undefined {
  const one = now ?? then;
  const change = changeOf(then, now);
  if (!one || !change) return undefined;
  const hidden = change === 'BETTER' || change === 'GONE' ? hiddenBy(pair.unreadNow) : null;
  return {
    source_id: one.sourceId,
    repository_id: cleanText(one.repositoryId, 100),
    name: cleanText(one.name),
    change: hidden ? 'NOT_MEASURED' : change,
    priority_before: then?.priority ?? null,
    priority: now?.priority ?? null,
    use_bytes_before: then?.useBytes ?? null,
    use_bytes: now?.useBytes ?? null,
    use_change_bytes: differenceOf(then?.useBytes, now?.useBytes),
    capacity_bytes_before: then?.capacityBytes ?? null,
    capacity_bytes: now?.capacityBytes ?? null,
    early_80_percent_on_before: then?.early80On ?? null,
    early_80_percent_on: now?.early80On ?? null,
    before_run_id: pair.before.runId,
    run_id: pair.now.runId,
    because: hidden ?? whyOf(change, then, now),
  };
}

const differenceOf = (then: number | null | undefined, now: number | null | undefined) =>
  typeof then === 'number' && typeof now === 'number' ? now - then : null;

function changeOf(then: Space | undefined, now: Space | undefined): string | undefined {
  if (!then) return 'NEW';
  if (!now) return 'GONE';
  if (UNREAD.includes(now.quality) || now.useBytes === null)
    return UNREAD.includes(then.quality) || then.useBytes === null ? undefined : 'NOT_MEASURED';
  if (UNREAD.includes(then.quality) || then.useBytes === null) return 'FIRST_MEASURED';
  const rank = PRIORITIES.indexOf(then.priority) - PRIORITIES.indexOf(now.priority);
  const days = daysLater(then.early80On, now.early80On);
  if (rank !== 0) return rank > 0 ? 'WORSE' : 'BETTER';
  if (days !== null && Math.abs(days) >= DATE_DAYS) return days < 0 ? 'WORSE' : 'BETTER';
  if (then.capacityBytes !== now.capacityBytes) return 'CHANGED';
  const size = Math.max(now.capacityBytes ?? 0, now.useBytes, 1);
  return Math.abs(now.useBytes - then.useBytes) >= USE_SHARE * size ? 'CHANGED' : undefined;
}

function daysLater(then: string | null, now: string | null): number | null {
  if (then === null || now === null) return null;
  return (Date.parse(now) - Date.parse(then)) / DAY_MS;
}

function whyOf(change: string, then: Space | undefined, now: Space | undefined): string | null {
  if (change === 'NOT_MEASURED') return `no reading of it (${now?.quality ?? 'NO_DATA'})`;
  if (change === 'FIRST_MEASURED')
    return `no reading of it at the earlier run (${then?.quality ?? 'NO_DATA'})`;
  const [reason] = now?.reasons ?? [];
  return reason ? cleanText(reason, 160) : null;
}

const CHANGES = ['WORSE', 'NOT_MEASURED', 'GONE', 'NEW', 'FIRST_MEASURED', 'BETTER', 'CHANGED'];

/** What became worse first, the most pressing before the larger change. */
export const keyOfSpace = (row: SpaceRow) => [
  CHANGES.indexOf(row.change) * 10 + PRIORITIES.indexOf(row.priority ?? 'NONE'),
  -Math.abs(row.use_change_bytes ?? 0),
  row.source_id,
  row.repository_id,
];
