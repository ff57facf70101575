import { WORKERS } from '../../workers/main.ts';
import { asReader, asRiskReader, asRunReader } from '../db/connect.ts';
import type { Databases } from '../db/database.ts';
import { toFreshness } from '../mcp/sources.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { listWorkerRuns, type WorkerRuns } from '../queries/data-freshness.ts';
import { listSourcesAt, type SourceRuns } from '../queries/freshness.ts';
import { ageText, type Check, createChecks } from './doctor-check.ts';

/** Their runs are on record in the risk database. */
const ADVISORS = ['risk', 'remediation'];

/** The last run of each worker on each source, and how old its last conclusions are. */
export async function checkRuns({ metrics, risk }: Databases, now: Date): Promise<Check[]> {
  const { checks, warn } = createChecks('workers');
  const db = asReader(metrics.db);
  const records = { metrics: asRunReader(db), risk: asRunReader(asRiskReader(risk.db)) };
  const sources = await listSourcesAt(db, now);
  if (sources.length === 0) {
    warn(
      'runs',
      'no worker ever ran',
      'npm run worker:capacity, then npm run worker:health; npm run workers goes on by itself',
    );
    return checks;
  }
  // The collector may not read what was concluded from its tables.
  const isCollector = risk.connection.role === 'collector';
  for (const kind of isCollector ? (['metrics'] as const) : (['metrics', 'risk'] as const)) {
    const workers = await listWorkers(records[kind], kind);
    const runs = await listWorkerRuns(records[kind], { workers, sources, asOf: now });
    checks.push(...runs.map((run) => toCheck(run, now)));
  }
  return checks;
}

/** Those that are on record, and those that should be. */
async function listWorkers(
  records: ReturnType<typeof asRunReader>,
  kind: 'metrics' | 'risk',
): Promise<string[]> {
  const rows = await records.selectFrom('run').select('worker').distinct().orderBy('worker').execute();
  const expected = kind === 'risk' ? ADVISORS : Object.keys(WORKERS);
  return [...new Set([...expected, ...rows.map(({ worker }) => worker)])];
}

function toCheck(run: WorkerRuns, now: Date): Check {
  const { checks, ok, warn, fail } = createChecks('workers');
  const { latest, worker } = run;
  const name = `${worker} of ${cleanText(run.name, 60)}`;
  const last = run.concluded[0]?.finishedAt;
  const ageMs = last ? now.getTime() - last.getTime() : null;
  // The same limit as in get_data_freshness: by the usual pause between runs of this worker on this source.
  const { stale: isOverdue, stale_after_hours: limit } = toFreshness(run, now);
  const details = {
    worker,
    sourceId: run.sourceId,
    lastConcludedAt: last?.toISOString() ?? null,
    staleAfterHours: limit,
    isStale: isOverdue,
    lastStatus: latest?.status ?? null,
    lastErrorCode: latest?.errorCode ?? null,
    runningSince: run.runningSince?.toISOString() ?? null,
  };
  const running = run.runningSince
    ? `, running since ${ageText(now.getTime() - run.runningSince.getTime())}`
    : '';
  const old = isOverdue && ageMs !== null ? `, which is old: usual is at most ${limit} h` : '';
  const message = `${describe(ageMs, latest, now)}${old}${running}`;
  const rerun = `npm run worker:${worker}`;
  const isFailed = latest?.status === 'failed' || latest?.status === 'abandoned';
  if (isFailed) (isOverdue ? fail : warn)(name, message, `mend the cause, then: ${rerun}`, { details });
  else if (ageMs === null) warn(name, message, rerun, { details });
  else if (isOverdue) warn(name, message, `is npm run workers running? Else: ${rerun}`, { details });
  else if (latest?.status === 'partial')
    warn(name, message, 'see what may not be read above; get_data_freshness names what is missing', {
      details,
    });
  else ok(name, message, null, { details });
  return checks[0] as Check;
}

function describe(ageMs: number | null, latest: SourceRuns['latest'], now: Date): string {
  const concluded = ageMs === null ? 'never concluded' : `concluded ${ageText(ageMs)} ago`;
  if (!latest || latest.status === 'succeeded') return concluded;
  if (latest.status === 'partial') return `${concluded}, partial: not everything could be read`;
  const ago = ageText(now.getTime() - (latest.finishedAt ?? latest.startedAt).getTime());
  const reason = latest.errorMessage ? `: ${cleanText(latest.errorMessage)}` : '';
  return `${concluded}; the last run ${latest.status === 'failed' ? 'failed' : 'was cut off'} ${ago} ago${reason}`;
}
