import type { RestoreTrial } from '../../src/analysis/recovery/trial.ts';
import type { Context, Trx } from '../shared/facts.ts';

/** Older trials have lost their weight: it halves every 45 days. */
const DAYS = 730;

export type KnownTrials = {
  trials: RestoreTrial[];
  /** What the source said of those that failed or warned, by trial. */
  messages: Map<string, string>;
};

/** All attempts to bring something back. */
export async function readTrials(trx: Trx, { sourceId, sourceNow }: Context): Promise<KnownTrials> {
  const rows = await trx
    .selectFrom('restore_trial')
    .select([
      'trial_id',
      'workload_id',
      'class',
      'started_at',
      'ended_at',
      'ready_at',
      'ready_since',
      'outcome',
      'size_bytes',
      'repository_id',
      'restore_point_id',
      'point_created_at',
      'purpose',
      'message',
    ])
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where('started_at', '>=', new Date(sourceNow.getTime() - DAYS * 86_400_000))
    .orderBy('trial_id')
    .execute();
  const messages = new Map(
    rows.flatMap((row) => (row.message ? [[row.trial_id, row.message] as const] : [])),
  );
  const trials = rows.map(
    (row): RestoreTrial => ({
      trialId: row.trial_id,
      workloadId: row.workload_id,
      class: row.class as RestoreTrial['class'],
      startedAt: row.started_at.getTime(),
      endedAt: row.ended_at?.getTime() ?? null,
      readyAt: row.ready_at?.getTime() ?? null,
      readySince: row.ready_since?.getTime() ?? null,
      outcome: row.outcome as RestoreTrial['outcome'],
      sizeBytes: row.size_bytes,
      repositoryId: row.repository_id,
      restorePointId: row.restore_point_id,
      pointCreatedAt: row.point_created_at?.getTime() ?? null,
      purpose: row.purpose as RestoreTrial['purpose'],
    }),
  );
  return { trials, messages };
}
