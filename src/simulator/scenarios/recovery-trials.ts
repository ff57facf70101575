import { HOUR, MINUTE } from '../zone.ts';
import type { Draft } from './draft.ts';
import { iso, noonBefore, record } from './inject.ts';
import {
  addServers,
  addTrial,
  addVerification,
  hourBefore,
  placeIn,
  type Trial,
  told,
} from './recovery-bench.ts';

const SIZES = [40, 60, 90, 120, 160, 240, 350, 500, 800, 1200, 1600, 2000];

export const recoveryHealthy = told(
  'recovery-healthy',
  'twelve servers from 40 GB to 2 TB that are restored each month and verified each week',
  (draft) => {
    const servers = SIZES.map((gib, i) => ({ name: `app-${String(i + 1).padStart(2, '0')}`, gib }));
    const job = addServers(draft, 'Restore drill', servers);
    for (let slot = 0; slot < job.count; slot += 1)
      for (const days of [8, 38, 68])
        addTrial(draft, 'restore', placeIn(draft, job, slot), {
          at: hourBefore(draft, days - (slot % 5), 9) + slot * 25 * MINUTE,
        });
    for (let days = 2; days < 90; days += 7)
      addVerification(draft, 'sureBackup', job, { at: hourBefore(draft, days, 13) });
    record(draft, { kind: 'restore-drill', jobs: [job.id] });
  },
);

export const recoveryUntestedTier1 = told(
  'recovery-untested-tier1',
  'the machines of the most important jobs have never been restored nor verified; less important ones are',
  (draft) => {
    const first = addServers(
      draft,
      'Tier 1 ERP',
      [
        { name: 'erp-db-01', gib: 900 },
        { name: 'erp-app-01', gib: 120 },
        { name: 'erp-app-02', gib: 120 },
      ],
      { isHighPriority: true },
    );
    const third = addServers(draft, 'Tier 3 Test', [
      { name: 'test-web-01', gib: 60 },
      { name: 'test-web-02', gib: 80 },
    ]);
    neverRestore(draft, [first.index]);
    for (const days of [4, 15, 40])
      for (const slot of [0, 1])
        addTrial(draft, 'restore', placeIn(draft, third, slot), {
          at: hourBefore(draft, days, 10) + slot * HOUR,
        });
  },
);

/** Nothing of these jobs is ever restored or verified; whatever happens to others stays as it is. */
export function neverRestore(draft: Draft, jobs: number[]): void {
  const chosen = jobs.flatMap((index) => draft.estate.jobs[index] ?? []);
  for (const { first, count } of chosen)
    for (let slot = 0; slot < count; slot += 1) draft.neverRestored.add(first + slot);
  record(draft, { kind: 'never-restored', jobs: chosen.map(({ id }) => id) });
}

export const recoverySlowLarge = told(
  'recovery-slow-large',
  'restores of small servers are quick; one of 5 TB would take more than ten hours, and nobody has tried it',
  (draft) => {
    const small = [50, 80, 120, 200, 300, 400].map((gib, i) => ({ name: `web-${i + 1}`, gib }));
    const job = addServers(draft, 'Shop', [...small, { name: 'warehouse-db', gib: 5120 }]);
    for (let slot = 0; slot < small.length; slot += 1)
      for (const days of [6, 27, 55])
        addTrial(draft, 'restore', placeIn(draft, job, slot), {
          at: hourBefore(draft, days, 9) + slot * HOUR,
        });
    draft.neverRestored.add(placeIn(draft, job, small.length).index);
    record(draft, { kind: 'slow-large', jobs: [job.id], note: 'warehouse-db was never restored' });
  },
);

export const recoveryFailedRestores = told(
  'recovery-failed-restores',
  'half of the restores of a server fail after a minute or two, those of another all do, and one was cancelled',
  (draft) => {
    const job = addServers(draft, 'Finance', [
      { name: 'ledger-01', gib: 150 },
      { name: 'ledger-02', gib: 150 },
      { name: 'ledger-03', gib: 150 },
    ]);
    const at = (days: number, slot: number) => hourBefore(draft, days, 9) + slot * 2 * HOUR;
    [5, 12, 19, 26, 33, 40].forEach((days, i) => {
      const minutes = 1 + (i % 2);
      const half = i % 2 === 1 ? ({ result: 'Failed', minutes } as const) : {};
      addTrial(draft, 'restore', placeIn(draft, job, 0), { at: at(days, 0), ...half });
      addTrial(draft, 'restore', placeIn(draft, job, 1), { at: at(days, 1), result: 'Failed', minutes });
    });
    const third = placeIn(draft, job, 2);
    addTrial(draft, 'restore', third, { at: at(9, 2) });
    addTrial(draft, 'restore', third, { at: at(16, 2), result: 'Failed', minutes: 7, isCanceled: true });
    record(draft, { kind: 'failed-restores', jobs: [job.id] });
  },
);

export const recoveryFailingSureBackup = told(
  'recovery-failing-surebackup',
  'one of three servers has not come up in the lab for six nights; another job is verified each night and is fine',
  (draft) => {
    const bad = addServers(draft, 'Billing', [
      { name: 'billing-db', gib: 400 },
      { name: 'billing-app', gib: 100 },
      { name: 'billing-web', gib: 60 },
    ]);
    const good = addServers(draft, 'Intranet', [{ name: 'intranet-01', gib: 200 }]);
    const single = addServers(draft, 'Payroll', [{ name: 'payroll-01', gib: 90 }]);
    for (let days = 1; days <= 40; days += 1) {
      const at = hourBefore(draft, days, 7);
      const failed: Pick<Trial, 'result' | 'failed'> = { result: 'Failed', failed: [bad.first] };
      addVerification(draft, 'sureBackup', bad, { at, ...(days <= 6 && failed) });
      addVerification(draft, 'sureBackup', good, { at: at + 40 * MINUTE });
      addVerification(draft, 'sureBackup', single, {
        at: at + 80 * MINUTE,
        ...(days <= 3 && { result: 'Failed' }),
      });
    }
    record(draft, { kind: 'surebackup-fails', at: iso(hourBefore(draft, 6, 7)), jobs: [bad.id, single.id] });
  },
);

export const recoveryInstantMount = told(
  'recovery-instant-mount',
  'an instant recovery that began when the server was started is mounted after four minutes; others are open, failed, or over',
  (draft) => {
    const job = addServers(draft, 'Instant', [
      { name: 'instant-01', gib: 300 },
      { name: 'instant-02', gib: 500 },
      { name: 'instant-03', gib: 200 },
    ]);
    const { now } = draft;
    const place = (slot: number) => placeIn(draft, job, slot);
    addTrial(draft, 'instantRecovery', place(0), { at: now + 2 * MINUTE, minutes: 300, mountMinutes: 4 });
    addTrial(draft, 'instantRecovery', place(1), { at: now - 90 * MINUTE, minutes: 600, mountMinutes: 6 });
    addTrial(draft, 'instantRecovery', place(2), {
      at: now - 5 * MINUTE,
      minutes: 30,
      mountMinutes: Number.POSITIVE_INFINITY,
      result: 'Failed',
    });
    addTrial(draft, 'instantRecovery', place(0), {
      at: noonBefore(draft, 6),
      minutes: 26 * 60,
      mountMinutes: 3,
    });
    addOtherMounts(draft);
    record(draft, {
      kind: 'instant-recovery',
      at: iso(now + 2 * MINUTE),
      jobs: [job.id],
      note: 'mounted after 4 minutes',
    });
  },
);

/** What can be mounted besides virtual machines, each for some hours around the start. */
export function addOtherMounts(draft: Draft): void {
  const { estate, now } = draft;
  const first = (kind: string) => {
    const job = estate.jobs.find((one) => one.kind === kind && !one.neverRan);
    return job && estate.protected[job.first];
  };
  const add = (kind: 'diskMount' | 'shareMount' | 'azureMount' | 'publish', of: string, ago: number) => {
    const place = first(of);
    if (place) addTrial(draft, kind, place, { at: now - ago, minutes: 420, mountMinutes: 3 });
  };
  add('diskMount', 'vsphere', 50 * MINUTE);
  add('azureMount', 'vsphere', 70 * MINUTE);
  add('publish', 'vsphere', 20 * MINUTE);
  add('shareMount', 'nas', 35 * MINUTE);
}

export const recoveryMisleadingNames = told(
  'recovery-misleading-names',
  'servers called like parts of others, restores under other names, two servers of one name: only ids lead to the right one',
  (draft) => {
    const job = addServers(draft, 'Names', [
      { name: 'SQL01', gib: 200 },
      { name: 'SQL01-TEST', gib: 60 },
      { name: 'SQL0', gib: 80 },
    ]);
    const twins = ['East', 'West'].map((site) =>
      addServers(draft, `Web ${site}`, [{ name: 'web', gib: 100 }]),
    );
    const at = (days: number) => hourBefore(draft, days, 9);
    const test = placeIn(draft, job, 1);
    // All of them restore the test server, none the productive one.
    for (const days of [3, 11, 25])
      addTrial(draft, 'restore', test, { at: at(days), sessionName: 'VM restore SQL01', taskName: 'SQL01' });
    addTrial(draft, 'restore', test, {
      at: at(30),
      sessionName: 'VM restore',
      taskName: 'SQL01-TEST_restored',
    });
    const west = twins[1];
    if (west)
      addTrial(draft, 'restore', placeIn(draft, west, 0), { at: at(5), sessionName: 'VM restore web' });
    for (const slot of [0, 2]) draft.neverRestored.add(placeIn(draft, job, slot).index);
    const east = twins[0];
    if (east) draft.neverRestored.add(east.first);
    record(draft, { kind: 'misleading-names', jobs: [job.id, ...twins.map(({ id }) => id)] });
  },
);

export const recoveryWithoutPointIds = told(
  'recovery-without-point-ids',
  'tasks of restores give nothing but the name of the machine, as the description of the API has it',
  (draft) => {
    draft.recovery.hasPointIds = false;
    recoveryMisleadingNames.inject(draft);
  },
);
