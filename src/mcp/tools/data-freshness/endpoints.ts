import { asRunReader, type MetricsReader, type RiskReader } from '../../../db/connect.ts';
import {
  type EndpointRow,
  listUnreadEndpoints,
  listUnreadSince,
  type UnreadSince,
} from '../../../queries/data-freshness.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import { type DataSet, recordsOf } from './data-rows.ts';
import type { EndpointAnswer } from './shape.ts';

/** More than the endpoints of the largest installation; what is beyond is counted. */
const MOST = 5_000;
/** How far back it is looked since when an endpoint cannot be read: as long as endpoints are on record. */
export const SINCE_DAYS = 180;

export type Unread = EndpointRow & { worker: string };

/** What the last run of each worker could not read in full, and what a run that failed after it could not. */
export async function listUnread(
  metrics: MetricsReader,
  risk: RiskReader,
  sets: readonly DataSet[],
): Promise<Unread[]> {
  const workerOf = new Map<string, string>();
  const runs = sets.flatMap(({ runs: { sourceId, worker, concluded, latest } }) => {
    const ids = new Set([concluded[0]?.runId, latest?.runId].filter((id) => id !== undefined));
    for (const id of ids) workerOf.set(id, worker);
    return [...ids].map((runId) => ({ sourceId, runId, records: recordsOf(worker, metrics, risk) }));
  });
  const found: EndpointRow[] = [];
  for (const records of [asRunReader(metrics), asRunReader(risk)]) {
    const own = runs.filter(({ runId }) => recordsOf(workerOf.get(runId) ?? '', metrics, risk) === records);
    found.push(...(await listUnreadEndpoints(records, own, MOST)));
  }
  const rows = found.map((row) => ({ ...row, worker: workerOf.get(row.runId) ?? '' }));
  return newestOfEach(rows, sets);
}

/** An endpoint that two runs could not read stands once, with what became of it last. */
function newestOfEach(rows: Unread[], sets: readonly DataSet[]): Unread[] {
  const latest = new Set(sets.flatMap(({ runs }) => runs.latest?.runId ?? []));
  const chosen = new Map<string, Unread>();
  for (const row of rows) {
    const key = JSON.stringify([row.sourceId, row.worker, row.endpoint]);
    if (!chosen.has(key) || latest.has(row.runId)) chosen.set(key, row);
  }
  return [...chosen.values()];
}

/** The rows as they are answered, with the time since when each could not be read. */
export async function toEndpointRows(
  metrics: MetricsReader,
  risk: RiskReader,
  rows: readonly Unread[],
  asOf: Date,
): Promise<EndpointAnswer[]> {
  const since: UnreadSince[] = [];
  for (const records of [asRunReader(metrics), asRunReader(risk)]) {
    const endpoints = rows.filter(({ worker }) => recordsOf(worker, metrics, risk) === records);
    since.push(...(await listUnreadSince(records, { endpoints, asOf, days: SINCE_DAYS })));
  }
  return rows.map((row) => {
    const found = since.find(
      ({ sourceId, worker, endpoint }) =>
        sourceId === row.sourceId && worker === row.worker && endpoint === row.endpoint,
    );
    return {
      source_id: row.sourceId,
      worker: row.worker,
      run_id: row.runId,
      endpoint: cleanText(row.endpoint, 120),
      outcome: row.outcome,
      rows_fetched: row.rowsFetched,
      rows_total: row.rowsTotal,
      rows_rejected: row.rowsRejected,
      reason: row.reason === null ? null : cleanText(row.reason, 200),
      unread_since: isoSeconds(found?.since ?? null),
      last_read_at: isoSeconds(found?.lastReadAt ?? null),
    };
  });
}
