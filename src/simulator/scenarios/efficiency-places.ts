import type { Draft, OddKind } from './draft.ts';
import { addServers, addStore, placesOf, planOf } from './efficiency-bench.ts';
import { noonBefore, record } from './inject.ts';

/** Appliances reduce behind the counters, so that files say nothing; shared blocks make files larger than the disk. */
export function useAppliances(draft: Draft): void {
  const without = { server: -1, foreignBytes: 0, diskShare: 0.08 };
  const domain = addStore(draft, {
    ...without,
    name: 'Efficiency Data Domain',
    kind: 'DellDataDomain',
    path: 'dd02:/veeam-su',
  });
  const once = addStore(draft, {
    ...without,
    name: 'Efficiency StoreOnce',
    kind: 'HPEStoreOnce',
    path: 'so01:/veeam',
  });
  addServers(draft, 'Appliance files', domain).isUnreduced = true;
  addServers(draft, 'Appliance mail', once).isUnreduced = true;
  const shared = addStore(draft, { name: 'Fast clone store', diskShare: 0.45 });
  addServers(draft, 'Fast clone servers', shared).isActiveFull = false;
}

const ODD: OddKind[] = [
  ...(['null-sizes', 'absent-sizes', 'zero-data', 'zero-stored'] as const),
  ...(['nothing-changed', 'zero-percent', 'unit-mismatch', 'negative-data'] as const),
];

/** Rows as no reader expects them, a list that loses rows between its pages, a backup that is away for a moment. */
export function answerOddly(draft: Draft): void {
  const store = addStore(draft, { name: 'Odd store' });
  const job = addServers(draft, 'Odd rows', store, { machines: 24, gib: 60 });
  const plan = planOf(draft);
  for (const [i, { index }] of placesOf(draft, job).entries()) {
    const odd = ODD[i];
    if (odd) plan.odd.set(index, odd);
  }
  const away = addServers(draft, 'Odd moment', store, { machines: 2 });
  const filesOf = (index: number) => `path=/backups/${draft.ids.of('backup', index)}/backupFiles`;
  draft.faults.push(`missing-rows:${filesOf(job.index)},count=3,times=1`);
  draft.faults.push(`not-found:${filesOf(away.index)},times=1`);
  record(draft, { kind: 'odd-rows', jobs: [job.id] });
  record(draft, { kind: 'away-once', jobs: [away.id] });
}

const BENCH = { backups: 500, machines: 10, files: 40 };

/** As much as a large estate has: 500 backups of ten machines, each with 40 files of every machine. */
export function addMany(draft: Draft): void {
  const stores = Array.from({ length: 8 }, (_, i) => addStore(draft, { name: `Bench store ${i + 1}` }));
  const createdAt = noonBefore(draft, BENCH.files);
  for (let i = 0; i < BENCH.backups; i += 1) {
    const name = `Bench ${String(i + 1).padStart(3, '0')}`;
    const job = addServers(draft, name, stores[i % stores.length] ?? 0, {
      machines: BENCH.machines,
      gib: 120,
      retentionDays: 400,
    });
    job.createdAt = createdAt;
  }
}
