import { sql } from 'kysely';
import type { Context, Trx } from '../shared/facts.ts';

/** How completely what the worker concludes from was read last. */
export type EndpointState = {
  endpoint: string;
  /** null: never read by any run. */
  outcome: string | null;
  rows_fetched: number | null;
  rows_total: number | null;
  reason: string | null;
  /** When the run that read it began; null: never. */
  read_at: Date | null;
  /** When one was last read to its end. */
  complete_at: Date | null;
};

/** The last reading of each endpoint by a run of any worker: what is fresh is not asked for again. */
export async function readEndpoints(
  trx: Trx,
  { sourceId }: Context,
  endpoints: readonly string[],
): Promise<EndpointState[]> {
  const { rows } = await sql<EndpointState>`
    select n.endpoint, l.outcome, l.rows_fetched, l.rows_total, l.message as reason, l.started_at as read_at,
           c.started_at as complete_at
      from unnest(${[...endpoints]}::text[]) with ordinality as n(endpoint, place)
      left join lateral (select e.outcome, e.rows_fetched, e.rows_total, e.message, r.started_at
                           from run_endpoint e join run r on r.source_id = e.source_id and r.run_id = e.run_id
                          where e.source_id = ${sourceId} and e.endpoint = n.endpoint
                          order by r.started_at desc limit 1) l on true
      left join lateral (select r.started_at
                           from run_endpoint e join run r on r.source_id = e.source_id and r.run_id = e.run_id
                          where e.source_id = ${sourceId} and e.endpoint = n.endpoint and e.outcome = 'complete'
                          order by r.started_at desc limit 1) c on true
     order by n.place`.execute(trx);
  return rows;
}

const TROUBLE: Record<string, string> = {
  forbidden: 'the account may not read it',
  failed: 'could not be read last time',
  incomplete: 'read only in part last time',
};

/** What cannot be told, and why, of what these endpoints would say. */
export function unknownFromEndpoints(states: readonly EndpointState[]): string[] {
  return states.flatMap(({ endpoint, outcome, complete_at }) => {
    const trouble = outcome === null ? 'never read' : TROUBLE[outcome];
    if (!trouble) return [];
    const meaning = complete_at === null ? MEANING[endpoint] : undefined;
    return [`${endpoint}: ${trouble}${meaning ? `, so ${meaning}` : ''}`];
  });
}

const MEANING: Record<string, string> = {
  'jobs/states': 'which jobs are disabled or protect something twice is not known',
  'jobs (retention)': 'what is kept longer than it has to be is not known',
  'repositories/states': 'which repositories reduce data themselves is not known',
  backups: 'nothing is known of what jobs store',
  'backups/backupFiles': 'files of some backups are not known',
  'backups/objects': 'which machines are protected twice is not known',
  restorePoints: 'the malware status of backups is not known',
  'malwareDetection/events': 'malware events are not known',
  backupProtectedItems: 'nothing is known of what the vault protects',
  backupPolicies: 'how long points have to be kept is not known',
  recoveryPoints: 'which points are kept without need is not known',
  usages: 'how much the vault stores is not known',
};
