import { DAY } from '../zone.ts';
import type { Item, Outcome, Vault } from './types.ts';

export type StartedOperation =
  | 'Backup'
  | 'Restore'
  | 'ConfigureBackup'
  | 'DisableBackup'
  | 'DeleteBackupData'
  | 'Register'
  | 'UnRegister'
  | 'Undelete';

/** A job that somebody started. */
export type StartedJob = {
  id: string;
  vault: Vault;
  item: number;
  operation: StartedOperation;
  startedAt: number;
  endsAt: number;
  outcome: Outcome;
  error: number;
  /** What a restore brings back, in the words that its job has for it. */
  restoreKind?: string;
  /** The copy that a restore takes. */
  pointAt?: number;
  bag?: Record<string, string>;
  cancelledAt?: number;
  /** What comes about when it ends well. */
  effect?: (at: number) => void;
};

export type StartedJobs = {
  add: (job: StartedJob) => void;
  find: (id: string) => StartedJob | undefined;
  /** Those of an item that began on a day (of UTC), oldest first. */
  ofDay: (vault: Vault, item: number, day: number) => readonly StartedJob[];
  /** Those of an item that have not ended. */
  running: (item: Item, now: number) => StartedJob[];
  countRunning: (vault: Vault, now: number) => number;
  /** Lets those that have ended well have their effect. */
  settle: (now: number) => void;
};

export function createStartedJobs(): StartedJobs {
  const byId = new Map<string, StartedJob>();
  const byDay = new Map<string, StartedJob[]>();
  const open = new Set<StartedJob>();
  const isRunning = ({ endsAt, startedAt }: StartedJob, now: number) => startedAt <= now && endsAt > now;
  return {
    add: (job) => {
      byId.set(job.id, job);
      const key = keyOf(job.vault, job.item, Math.floor(job.startedAt / DAY));
      byDay.set(key, [...(byDay.get(key) ?? []), job]);
      if (job.effect) open.add(job);
    },
    find: (id) => byId.get(id.toLowerCase()),
    ofDay: (vault, item, day) => byDay.get(keyOf(vault, item, day)) ?? [],
    running: ({ vault, index }, now) =>
      [...byId.values()].filter((job) => job.vault === vault && job.item === index && isRunning(job, now)),
    countRunning: (vault, now) =>
      [...byId.values()].filter((job) => job.vault === vault && isRunning(job, now)).length,
    settle: (now) => {
      for (const job of open) {
        if (job.endsAt > now) continue;
        open.delete(job);
        if (job.outcome.startsWith('Completed')) job.effect?.(job.endsAt);
      }
    },
  };
}

const keyOf = (vault: Vault, item: number, day: number) => `${vault.index}/${item}/${day}`;
