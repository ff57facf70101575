import { SourceError } from '../../src/errors.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { Reading } from '../../src/reading.ts';
import {
  listRestoreMounts,
  MOUNT_KINDS,
  type MountKind,
  type VeeamMount,
} from '../../src/veeam/restore-mounts.ts';
import { type Context, type FactRow, markVanished, storeFacts, type Trx } from '../shared/facts.ts';
import type { VeeamSource } from '../veeam-source.ts';

/** A mount as it was at a time, by the clock of the source. */
export type SeenMount = { mount: VeeamMount; kind: MountKind; at: Date };
type Row = FactRow<'restore_mount'>;

const READY = new Set(['Mounted', 'Ready', 'ReadyToSwitch', 'Published']);
const UNREADY = new Set(['Mounting', 'Starting', 'Publishing']);

const seen = new WeakMap<Context, Set<string>>();

/** What is mounted now. It is on the list only as long as it lasts, so that its time to ready has to be watched. */
export const restoreMounts = defineCollection<VeeamSource, SeenMount, Row>('rto', {
  endpoint: 'mounts',
  optional: true,
  extract: async function* (context, _since, reading) {
    const { source, sourceNow } = context;
    const missing: string[] = [];
    const ids = new Set<string>();
    seen.set(context, ids);
    for (const kind of MOUNT_KINDS) {
      try {
        const mounts = await listMounts(source, kind, sourceNow, reading);
        for (const { mount } of mounts) ids.add(mount.id);
        if (!reading.complete) missing.push(`${kind}: ${reading.reason ?? 'incomplete'}`);
        yield { rows: mounts };
      } catch (error) {
        if (!(error instanceof SourceError) || !OF_ONE_KIND.has(error.code)) throw error;
        missing.push(`${kind}: ${error.code}`);
      }
    }
    if (missing.length === MOUNT_KINDS.length)
      throw new SourceError('no list of mounts can be read', FORBIDDEN);
    reading.complete = missing.length === 0;
    if (missing.length > 0) reading.reason = `not read: ${missing.join(', ')}`;
  },
  transform: (items) => items.map(toRow),
  load: (trx, rows, context) => storeMounts(trx, rows, context),
  finish: async (trx, context) => {
    await markVanished(trx, 'restore_mount', 'mount_id', context, seen.get(context) ?? []);
  },
});

const OF_ONE_KIND = new Set(['forbidden', 'not-found', 'rejected', 'server-error', 'bad-answer']);
const FORBIDDEN = { code: 'forbidden', retryable: false } as const;

/** The mounts of one kind, as they are now. */
export async function listMounts(
  source: VeeamSource,
  kind: MountKind,
  at: Date,
  reading?: Reading,
): Promise<SeenMount[]> {
  const mounts: SeenMount[] = [];
  for await (const { items } of listRestoreMounts(source.client, kind, reading))
    mounts.push(...items.map((mount) => ({ mount, kind, at })));
  return mounts;
}

export function toRow({ mount, kind, at }: SeenMount): Row {
  const state = mount.state ?? mount.mountState ?? null;
  return {
    mount_id: mount.id,
    kind,
    session_id: mount.sessionId ?? null,
    restore_point_id: mount.spec?.restorePointId ?? mount.restorePointId ?? null,
    machine_name: mount.vmName ?? null,
    state,
    unready_seen_at: isUnready(state) ? at : null,
    ready_seen_at: isReady(state) ? at : null,
    error_message: mount.errorMessage || null,
  };
}

export const isUnready = (state: string | null) => UNREADY.has(state ?? '');
const isReady = (state: string | null) => READY.has(state ?? '');

/** Stores mounts with what was seen of them before: the last time without, and the first time ready, are kept. */
export async function storeMounts(
  trx: Trx,
  rows: Row[],
  context: Pick<Context, 'sourceId' | 'seenAt'>,
): Promise<number> {
  const known = await trx
    .selectFrom('restore_mount')
    .select(['mount_id', 'unready_seen_at', 'ready_seen_at', 'restore_point_id'])
    .where('source_id', '=', context.sourceId)
    .where('mount_id', 'in', rows.length > 0 ? rows.map(({ mount_id }) => mount_id) : [''])
    .execute();
  const before = new Map(known.map((row) => [row.mount_id, row]));
  const merged = rows.map((row) => {
    const old = before.get(row.mount_id);
    return {
      ...row,
      restore_point_id: row.restore_point_id ?? old?.restore_point_id ?? null,
      unready_seen_at: old?.ready_seen_at
        ? old.unready_seen_at
        : (row.unready_seen_at ?? old?.unready_seen_at ?? null),
      ready_seen_at: old?.ready_seen_at ?? row.ready_seen_at ?? null,
    };
  });
  return storeFacts(trx, 'restore_mount', 'mount_id', merged, context);
}
