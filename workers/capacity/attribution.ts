import { sql } from 'kysely';
import { attributeGrowth, type StoredBackup } from '../../src/analysis/capacity/attribution.ts';
import { toZonedTime } from '../../src/analysis/zoned-time.ts';
import { type BulkRow, insertRows } from '../../src/pipeline/bulk.ts';
import type { Context, Trx } from '../shared/facts.ts';
import type { Entity } from './entities.ts';

type Row = BulkRow<'capacity_attribution'>;
type Holding = { repositoryId: string; jobId: string | null; bytes: number };
type Names = { job: ReadonlyMap<string, string>; backup: ReadonlyMap<string, string> };

const DAY_MS = 86_400_000;
const PERIODS = [7, 30];
/** A reading a little later than so many days ago is as good. */
const LATE_MS = 3 * 3_600_000;

/** Writes who filled each repository since a week and since a month ago, or since our first whole reading of all files. */
export async function writeAttribution(
  trx: Trx,
  context: Context,
  entities: readonly Entity[],
): Promise<void> {
  const readings = await listReadings(trx, context);
  const names = await readNames(trx, context);
  const after = await readState(trx, context, { at: context.sourceNow, seenAt: context.seenAt });
  for (const days of PERIODS) {
    const wanted = context.sourceNow.getTime() - days * DAY_MS + LATE_MS;
    const since = readings.findLast(({ at }) => at.getTime() <= wanted) ?? readings[0];
    const before = since ? await readState(trx, context, since) : null;
    const rows = entities
      .filter(({ kind, isCounted }) => kind !== 'EXTENT' && isCounted)
      .flatMap((entity) =>
        before && since ? explain(entity, { days, since: since.at, before, after, names }, context) : [],
      );
    await insertRows(trx, 'capacity_attribution', rows);
  }
}

/** A run that read files: by the clock of the source, and by ours. */
type FilesReading = { at: Date; seenAt: Date };

/** Earlier ones, oldest first. */
async function listReadings(trx: Trx, { sourceId, sourceNow }: Context): Promise<FilesReading[]> {
  const rows = await trx
    .selectFrom('capacity_summary as s')
    .innerJoin('run', (join) =>
      join.onRef('run.source_id', '=', 's.source_id').onRef('run.run_id', '=', 's.run_id'),
    )
    .select(['s.concluded_at as at', 'run.started_at as seenAt'])
    .where('s.source_id', '=', sourceId)
    .whereRef('s.ledger_run_id', '=', 's.run_id')
    .where('s.concluded_at', '<', sourceNow)
    .where('s.concluded_at', '>', new Date(sourceNow.getTime() - 60 * DAY_MS))
    .orderBy('s.concluded_at')
    .execute();
  return rows;
}

type State = {
  holdings: Map<string, Holding>;
  /** Backups that were known and whose files had never been read: what they held cannot be said. */
  unread: Set<string>;
  used: Map<string, number | null>;
};

/** What each backup held, and each repository's use, as of the reading at a moment. */
async function readState(trx: Trx, { sourceId }: Context, { at, seenAt }: FilesReading): Promise<State> {
  const { rows } = await sql<BackupRow>`
    select b.backup_id, s.backup_id is not null as was_read, b.first_seen_at <= ${seenAt} as was_known,
           s.repository_id, s.job_id, s.stored_bytes
      from backup b
      left join lateral (select backup_id, repository_id, job_id, stored_bytes from backup_sample s
                          where s.source_id = b.source_id and s.backup_id = b.backup_id and s.sampled_at <= ${at}
                          order by s.sampled_at desc limit 1) s on true
     where b.source_id = ${sourceId}
     order by b.backup_id`.execute(trx);
  const samples = await trx
    .selectFrom('repository_sample')
    .select(['repository_id', 'used_bytes'])
    .where('source_id', '=', sourceId)
    .where('sampled_at', '=', at)
    .execute();
  const holdings = rows.flatMap(({ backup_id, repository_id, job_id, stored_bytes }) =>
    repository_id === null || stored_bytes === null
      ? []
      : [[backup_id, { repositoryId: repository_id, jobId: job_id, bytes: stored_bytes }] as const],
  );
  const unread = rows.filter(({ was_read, was_known }) => was_known && !was_read);
  return {
    holdings: new Map(holdings),
    unread: new Set(unread.map(({ backup_id }) => backup_id)),
    used: new Map(samples.map((row) => [row.repository_id, row.used_bytes])),
  };
}

type BackupRow = {
  backup_id: string;
  was_read: boolean;
  was_known: boolean;
  repository_id: string | null;
  job_id: string | null;
  stored_bytes: number | null;
};

async function readNames(trx: Trx, { sourceId }: Context): Promise<Names> {
  const jobs = await trx
    .selectFrom('job')
    .select(['job_id', 'name'])
    .where('source_id', '=', sourceId)
    .execute();
  const backups = await trx
    .selectFrom('backup')
    .select(['backup_id', 'job_id', 'name'])
    .where('source_id', '=', sourceId)
    .execute();
  // Where the health worker has not run, the backup has the name of its job.
  const job = new Map(backups.flatMap((one) => (one.job_id ? [[one.job_id, one.name] as const] : [])));
  for (const one of jobs) job.set(one.job_id, one.name);
  return { job, backup: new Map(backups.map((one) => [one.backup_id, one.name])) };
}

type Period = { days: number; since: Date; before: State; after: State; names: Names };

function explain(entity: Entity, { days, since, before, after, names }: Period, context: Context): Row[] {
  const stored = storedBackups(entity, before, after);
  const usedBefore = useOf(entity, before, toZonedTime(since.getTime(), context.source.zone).dayNumber);
  const usedAfter = useOf(entity, after, null);
  const { contributions, otherDeltaBytes, deltaUsedBytes } = attributeGrowth(stored, usedBefore, usedAfter);
  const reason = deltaUsedBytes === null ? 'NO_READING_OF_THE_REPOSITORY' : null;
  const row = (kind: string, id: string | null, values: Partial<Row>): Row => ({
    source_id: context.sourceId,
    run_id: context.runId,
    repository_id: entity.id,
    period_days: days,
    contributor_id: `${kind} ${id ?? '-'}`,
    kind,
    job_id: null,
    backup_id: null,
    name: null,
    since_at: since,
    until_at: context.sourceNow,
    bytes_before: null,
    bytes_after: null,
    delta_bytes: null,
    reason: null,
    ...values,
  });
  return [
    row('TOTAL', null, {
      bytes_before: usedBefore,
      bytes_after: usedAfter,
      delta_bytes: deltaUsedBytes,
      reason,
    }),
    ...contributions.map((one) =>
      row('JOB', one.jobId, {
        job_id: one.jobId,
        name: one.jobId === null ? null : (names.job.get(one.jobId) ?? null),
        bytes_before: one.bytesBefore,
        bytes_after: one.bytesAfter,
        delta_bytes: one.deltaBytes,
      }),
    ),
    ...stored.map((one) =>
      row('BACKUP', one.backupId, {
        job_id: one.jobId,
        backup_id: one.backupId,
        name: names.backup.get(one.backupId) ?? null,
        bytes_before: one.bytesBefore,
        bytes_after: one.bytesAfter,
        delta_bytes: (one.bytesAfter ?? 0) - (one.bytesBefore ?? 0),
      }),
    ),
    row('OTHER', null, { delta_bytes: otherDeltaBytes, reason }),
  ];
}

/**
 * Backups that were or are on the entity's space. One that went to another repository left, one that came is new; one that
 * had not been read at first is part of the other data.
 */
function storedBackups({ holds }: Entity, before: State, after: State): StoredBackup[] {
  const on = ({ holdings }: State, id: string) => {
    const holding = holdings.get(id);
    return holding && holds.includes(holding.repositoryId) ? holding : undefined;
  };
  const ids = [...new Set([...before.holdings.keys(), ...after.holdings.keys()])].toSorted();
  return ids.flatMap((backupId): StoredBackup[] => {
    const [was, is] = [on(before, backupId), on(after, backupId)];
    if ((!was && !is) || before.unread.has(backupId)) return [];
    return [
      {
        backupId,
        jobId: (is ?? was)?.jobId ?? null,
        bytesBefore: was?.bytes ?? null,
        bytesAfter: is?.bytes ?? null,
      },
    ];
  });
}

/** Use of the entity's space; null: not known. `day`: parts that are younger held nothing then. */
function useOf({ counted, firstDays }: Entity, { used }: State, day: number | null): number | null {
  let sum = 0;
  for (const id of counted) {
    const bytes = used.get(id) ?? null;
    const isYounger = day !== null && !used.has(id) && (firstDays.get(id) ?? Number.POSITIVE_INFINITY) > day;
    if (bytes === null && !isYounger) return null;
    sum += bytes ?? 0;
  }
  return counted.length === 0 ? null : sum;
}
