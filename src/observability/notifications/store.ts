import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Risk, RiskDB } from '../../db/connect.ts';
import type { Content } from './content.ts';
import type { Decision, Subject, SubjectKey, SubjectKind, Tell } from './decide.ts';

type Trx = Transaction<RiskDB>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As the comments of the tables say. */
const KEPT_DAYS = 90;

/**
 * Does `work` in one transaction in which nobody else decides what to tell.
 * @returns undefined: another process is at it
 */
export function alone<T>(risk: Risk, work: (trx: Trx) => Promise<T>): Promise<T | undefined> {
  return risk.transaction().execute(async (trx) => {
    const lock = sql<{
      taken: boolean;
    }>`select pg_try_advisory_xact_lock(hashtextextended('dr365 notifier', 365)) as taken`;
    const { rows } = await lock.execute(trx);
    return rows[0]?.taken ? work(trx) : undefined;
  });
}

/** What was told so far. */
export async function readRecord(trx: Trx, kinds: readonly SubjectKind[], now: Date) {
  const rows = await trx
    .selectFrom('notification_subject')
    .selectAll()
    .where('kind', 'in', [...kinds])
    .orderBy('source_id')
    .orderBy('subject_id')
    .execute();
  const counts = await trx
    .selectFrom('notification_message')
    .select(({ fn, eb }) => [
      fn.countAll<number>().as('all'),
      fn.count<number>('message_id').filterWhere('created_at', '>', ago(now, HOUR_MS)).as('recent'),
      fn
        .count<number>('message_id')
        .filterWhere(eb('status', '=', 'PENDING'))
        .as('waiting'),
    ])
    .executeTakeFirstOrThrow();
  const known: Subject[] = rows.map((row) => ({
    sourceId: row.source_id,
    subjectId: row.subject_id,
    kind: row.kind as SubjectKind,
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at,
    isTold: row.message_id !== null,
    isRecoveryTold: row.recovery_message_id !== null,
  }));
  return { known, recent: counts.recent, waiting: counts.waiting, isFirst: counts.all === 0 };
}

const ago = (now: Date, ms: number) => new Date(now.getTime() - ms);

/** Puts on record what there is now, before anything of it is told. */
export async function recordFindings(
  trx: Trx,
  { open, reopen, resolve }: Decision,
  now: Date,
): Promise<void> {
  for (const { sourceId, subjectId, kind } of open) {
    const fresh = { kind, opened_at: now, resolved_at: null, message_id: null, recovery_message_id: null };
    await trx
      .insertInto('notification_subject')
      .values({ source_id: sourceId, subject_id: subjectId, ...fresh })
      .onConflict((conflict) => conflict.columns(['source_id', 'subject_id']).doUpdateSet(fresh))
      .execute();
  }
  for (const key of reopen) await updateSubject(trx, key, { resolved_at: null });
  for (const key of resolve) await updateSubject(trx, key, { resolved_at: now });
}

/** Makes a message; it is sent once this is committed. */
export async function addMessage(
  trx: Trx,
  {
    tells,
    content,
    now,
    createdAt,
  }: { tells: readonly Tell[]; content: Content; now: Date; createdAt: Date },
): Promise<void> {
  const id = randomUUID();
  await trx
    .insertInto('notification_message')
    .values({
      message_id: id,
      created_at: createdAt,
      content: JSON.stringify(content),
      status: 'PENDING',
      next_attempt_at: now,
    })
    .execute();
  for (const { key, isRecovery } of tells)
    await updateSubject(trx, key, isRecovery ? { recovery_message_id: id } : { message_id: id });
}

function updateSubject(
  trx: Trx,
  { sourceId, subjectId }: SubjectKey,
  change: { resolved_at?: Date | null; message_id?: string; recovery_message_id?: string },
) {
  return trx
    .updateTable('notification_subject')
    .set(change)
    .where('source_id', '=', sourceId)
    .where('subject_id', '=', subjectId)
    .execute();
}

export type Claimed = {
  id: string;
  content: Content;
  attempts: number;
  createdAt: Date;
  /** Of the attempt before; null: this is the first. */
  lastError: string | null;
};

/** The oldest message whose time has come, for this process alone until `leaseMs` are over. */
export async function claimMessage(risk: Risk, now: Date, leaseMs: number): Promise<Claimed | undefined> {
  const row = await risk
    .updateTable('notification_message')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      next_attempt_at: new Date(now.getTime() + leaseMs),
    }))
    .where('message_id', '=', (eb) =>
      eb
        .selectFrom('notification_message')
        .select('message_id')
        .where('status', '=', 'PENDING')
        .where('next_attempt_at', '<=', now)
        .orderBy('created_at')
        .orderBy('message_id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['message_id', 'content', 'attempts', 'created_at', 'last_error'])
    .executeTakeFirst();
  if (!row) return undefined;
  const content = row.content as unknown as Content;
  return {
    id: row.message_id,
    content,
    attempts: row.attempts,
    createdAt: row.created_at,
    lastError: row.last_error,
  };
}

export async function markSent(risk: Risk, id: string, now: Date): Promise<void> {
  await risk
    .updateTable('notification_message')
    .set({ status: 'SENT', ended_at: now, last_error: null })
    .where('message_id', '=', id)
    .where('status', '=', 'PENDING')
    .execute();
}

export async function markRetry(
  risk: Risk,
  id: string,
  { at, error }: { at: Date; error: string },
): Promise<void> {
  await risk
    .updateTable('notification_message')
    .set({ next_attempt_at: at, last_error: error })
    .where('message_id', '=', id)
    .where('status', '=', 'PENDING')
    .execute();
}

/** What it was about is untold again, and so is part of the next message. */
export function giveUp(risk: Risk, id: string, { now, error }: { now: Date; error: string }): Promise<void> {
  return risk.transaction().execute(async (trx) => {
    await trx
      .updateTable('notification_message')
      .set({ status: 'GIVEN_UP', ended_at: now, last_error: error })
      .where('message_id', '=', id)
      .execute();
    for (const column of ['message_id', 'recovery_message_id'] as const)
      await trx
        .updateTable('notification_subject')
        .set({ [column]: null })
        .where(column, '=', id)
        .execute();
  });
}

/** Takes away what is old. */
export async function forgetOld(trx: Trx, now: Date): Promise<void> {
  const before = ago(now, KEPT_DAYS * DAY_MS);
  await trx.deleteFrom('notification_message').where('ended_at', '<', before).execute();
  await trx.deleteFrom('notification_subject').where('resolved_at', '<', before).execute();
}
