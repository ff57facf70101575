import type { Draft } from './draft.ts';
import { addCopy, addServers, addStore, machinesOf, planOf, protectAlso } from './efficiency-bench.ts';
import { iso, noonBefore, record } from './inject.ts';

/** Space that nobody may need: each beside jobs of which that is not true. */

/** Backups whose job was deleted, and some that came from another server. */
export function orphan(draft: Draft): void {
  const store = addStore(draft, { name: 'Orphan store' });
  addServers(draft, 'Orphan control', store);
  const retired = addServers(draft, 'Orphan retired ERP', store, { machines: 3 });
  retired.deletedAt = noonBefore(draft, 25);
  record(draft, { kind: 'job-deleted', at: iso(retired.deletedAt), jobs: [retired.id] });
  const imported = addServers(draft, 'Orphan branch import', store, { machines: 2 });
  imported.deletedAt = noonBefore(draft, 18);
  imported.isImported = true;
  record(draft, { kind: 'backups-imported', jobs: [imported.id] });
}

export function disableForLong(draft: Draft): void {
  const store = addStore(draft, { name: 'Disabled store' });
  addServers(draft, 'Disabled control', store);
  const job = addServers(draft, 'Disabled project', store, { machines: 3 });
  job.disabledSince = noonBefore(draft, 20);
  record(draft, { kind: 'disabled', at: iso(job.disabledSince), jobs: [job.id] });
}

/** One machine is in two jobs that read it; its copy in another repository is meant to be there. */
export function protectTwice(draft: Draft): void {
  const [store, second] = [
    addStore(draft, { name: 'Double store' }),
    addStore(draft, { name: 'Double copies' }),
  ];
  const main = addServers(draft, 'Double main', store, { machines: 3 });
  const again = addServers(draft, 'Double again', second, { machines: 2, retentionDays: 14 });
  const [, machine] = machinesOf(draft, main);
  if (machine) protectAlso(draft, again, machine);
  addCopy(draft, 'Double copy', second, [main]);
  record(draft, { kind: 'protected-twice', jobs: [main.id, again.id], note: machine?.name ?? '' });
}

/** Much more is kept than the job is set to; what is kept for months and years by the job's own settings is not. */
export function keepTooLong(draft: Draft): void {
  const store = addStore(draft, { name: 'Retained store' });
  addServers(draft, 'Retained control', store, { retentionDays: 14 });
  const gfs = { weekly: 4, monthly: 3, yearly: 1 };
  addServers(draft, 'Retained by plan', store, { retentionDays: 14, gfs });
  const job = addServers(draft, 'Retained too long', store, { retentionDays: 14, machines: 3 });
  job.keptDays = 60;
  record(draft, { kind: 'kept-too-long', jobs: [job.id], note: 'set to 14 days, kept for 60' });
}

/** Videos shrink to three quarters; the data of six jobs of the same platform to less than a half. */
export function reduceLittle(draft: Draft): void {
  const store = addStore(draft, { name: 'Peer store' });
  for (let i = 1; i <= 6; i += 1) addServers(draft, `Peer ${i}`, store, { machines: 2, retentionDays: 30 });
  const job = addServers(draft, 'Peer of none: media', store, {
    machines: 2,
    retentionDays: 30,
    remains: { dedup: 0.92, compress: 0.84 },
  });
  planOf(draft).belowPeers.push(job.index);
  record(draft, { kind: 'below-peers', jobs: [job.id] });
}
