import { defineCollection } from '../../src/pipeline/collect.ts';
import { listTaskSessions, type VeeamTaskSession } from '../../src/veeam/task-sessions.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { storeTrials } from './place-trials.ts';
import { type TrialRow, toTaskTrial } from './trial-rows.ts';

const DAY_MS = 86_400_000;
const OVERLAP_MS = 15 * 60_000;

/** Restores and scans, object by object: by creation to have them early, by end to have how they went. */
export const recoveryTasks = [
  tasks('Restore', 'CreationTime'),
  tasks('Restore', 'EndTime'),
  tasks('Antivirus', 'CreationTime'),
  tasks('Antivirus', 'EndTime'),
];

function tasks(type: 'Restore' | 'Antivirus', by: 'CreationTime' | 'EndTime') {
  return defineCollection<VeeamSource, VeeamTaskSession, TrialRow>('rto', {
    endpoint: `taskSessions ${type} by ${by === 'EndTime' ? 'end' : 'creation'}`,
    optional: true,
    extract: async function* ({ source, sourceNow }, since, reading) {
      const first =
        by === 'EndTime' ? sourceNow.getTime() : sourceNow.getTime() - source.backfillDays * DAY_MS;
      const from = new Date(since ? since.getTime() - OVERLAP_MS : first);
      const settled = new Date(sourceNow.getTime() - OVERLAP_MS);
      for await (const page of listTaskSessions(source.client, { since: from, by, type, reading })) {
        // A server that leaves out the filter sends tasks of backups as well.
        const wanted = page.items.filter((task) => task.type === type);
        reading.rowsRejected += wanted.filter((task) => !toTaskTrial(task, source.parseTime)).length;
        const until = page.readUntil;
        yield { rows: wanted, readUntil: until && until < settled ? until : until && settled };
      }
      if (reading.complete) yield { rows: [], readUntil: settled };
    },
    transform: (items, { source }) =>
      items.map((task) => toTaskTrial(task, source.parseTime)).filter((row) => row !== null),
    load: (trx, rows, context) => storeTrials(trx, context, rows),
  });
}
