import { DAY, HOUR, MINUTE } from '../zone.ts';
import type { Draft } from './draft.ts';
import { addSession } from './estate-wide.ts';
import { affectRuns, FOREVER, failNights, iso, noonBefore, record } from './inject.ts';
import {
  addCopyJob,
  addReplicaJob,
  addSecondJob,
  addServers,
  addTarget,
  addTrial,
  addVerification,
  hourBefore,
  placeIn,
  told,
} from './recovery-bench.ts';

export const recoveryRpoHidden = told(
  'recovery-rpo-hidden',
  'a job is green each night, but two of its machines have been dropped from it, five and nine days ago; a third is also in another job',
  (draft) => {
    const job = addServers(
      draft,
      'Core services',
      [
        { name: 'core-dc-01', gib: 80 },
        { name: 'core-file-01', gib: 700 },
        { name: 'core-print-01', gib: 60 },
        { name: 'core-pki-01', gib: 50 },
      ],
      { retentionDays: 21 },
    );
    affectRuns(draft, [job], {
      kind: 'always-green',
      from: draft.historyStart,
      effect: { result: 'Success' },
    });
    const leave = (slot: number, days: number) => {
      const place = placeIn(draft, job, slot);
      place.leftAt = noonBefore(draft, days);
      const machine = draft.estate.machines[place.machine];
      record(draft, { kind: 'dropped', at: iso(place.leftAt), jobs: [job.id], note: machine?.name ?? '' });
    };
    leave(3, 9);
    leave(2, 5);
    leave(1, 5);
    addSecondJob(draft, 'File services', [placeIn(draft, job, 1)]);
  },
);

export const recoveryCopies = told(
  'recovery-copies',
  'copies keep the time of what they copy: one job has stopped, while its copies go on; of another, only the copies are left',
  (draft) => {
    const offsite = addTarget(draft, 'Second site');
    const stopped = addServers(draft, 'Warehouse', [
      { name: 'warehouse-01', gib: 250 },
      { name: 'warehouse-02', gib: 90 },
    ]);
    const purged = addServers(draft, 'Archive', [{ name: 'archive-01', gib: 400 }]);
    const fresh = addServers(draft, 'Mail', [{ name: 'mail-01', gib: 300 }]);
    addCopyJob(draft, 'Copy to second site', [stopped, purged, fresh], offsite.index);
    const from = noonBefore(draft, 5);
    affectRuns(draft, [stopped, purged], { kind: 'silent', from, to: FOREVER, effect: { isSkipped: true } });
    purged.purgedAt = noonBefore(draft, 2);
    record(draft, { kind: 'primary-lost', at: iso(purged.purgedAt), jobs: [purged.id] });
    addTrial(draft, 'restore', placeIn(draft, fresh, 0), { at: hourBefore(draft, 10, 10) });
  },
);

export const recoveryInfectedNewest = told(
  'recovery-infected-newest',
  'the newest points of two servers are infected or suspicious; a third had a false alarm; older points are clean, and one is verified',
  (draft) => {
    const job = addServers(draft, 'Clinic', [
      { name: 'clinic-db', gib: 350 },
      { name: 'clinic-app', gib: 120 },
      { name: 'clinic-web', gib: 60 },
    ]);
    const at = noonBefore(draft, 3);
    const event = (
      slot: number,
      rest: { severity: 'Infected' | 'Suspicious'; state: 'Created' | 'FalsePositive' },
    ) =>
      draft.posture.malware.push({
        type: 'EncryptedData',
        source: 'InternalVeeamDetector',
        details: 'Entropy rose on 5120 files',
        protected: job.first + slot,
        at: at + slot * MINUTE,
        ...rest,
      });
    event(0, { severity: 'Infected', state: 'Created' });
    event(1, { severity: 'Suspicious', state: 'Created' });
    event(2, { severity: 'Suspicious', state: 'FalsePositive' });
    addVerification(draft, 'contentScan', job, { at: hourBefore(draft, 1, 9) });
    addVerification(draft, 'contentScan', job, {
      at: hourBefore(draft, 1, 15),
      pointsBack: 5,
      scan: { type: 'Yara' },
    });
    addTrial(draft, 'restore', placeIn(draft, job, 0), { at: hourBefore(draft, 6, 10) });
    record(draft, { kind: 'infected', at: iso(at), jobs: [job.id] });
  },
);

export const recoveryImmutable = told(
  'recovery-immutable',
  'three servers: on a hardened repository, on a plain one with a copy in an immutable bucket, and on a plain one alone',
  (draft) => {
    const hardened = addTarget(draft, 'Hardened vault', { kind: 'LinuxHardened', immutableDays: 14 });
    const plain = addTarget(draft, 'Plain store');
    const bucket = addTarget(draft, 'Locked bucket', {
      kind: 'S3Compatible' as const,
      server: -1,
      path: '',
      immutableDays: 30,
      capacityBytes: -1,
      foreignBytes: 0,
    });
    const jobs = [hardened, plain, plain].map(({ index }, i) =>
      addServers(draft, `Vault ${i + 1}`, [{ name: `vault-${i + 1}`, gib: 150 + 50 * i }], {
        repository: index,
      }),
    );
    const copied = jobs[1];
    if (copied) addCopyJob(draft, 'Copy to bucket', [copied], bucket.index);
    record(draft, { kind: 'immutable', jobs: jobs.map(({ id }) => id) });
  },
);

export const recoveryReplicas = told(
  'recovery-replicas',
  'replicas that are ready, that have not been renewed for four days, and one that has taken over',
  (draft) => {
    const job = addServers(draft, 'Dispatch', [
      { name: 'dispatch-01', gib: 200 },
      { name: 'dispatch-02', gib: 120 },
    ]);
    const other = addServers(draft, 'Planning', [{ name: 'planning-01', gib: 90 }]);
    const ready = addReplicaJob(draft, 'Replicate dispatch', job);
    const old = addReplicaJob(draft, 'Replicate planning', other);
    const from = noonBefore(draft, 4);
    affectRuns(draft, [old], { kind: 'silent', from, effect: { isSkipped: true } });
    const since = draft.now - 5 * HOUR;
    draft.recovery.replicaStates.set(ready.first + 1, { state: 'Failover', from: since, to: FOREVER });
    addTrial(draft, 'failover', placeIn(draft, ready, 1), { at: since, minutes: 3 });
    addTrial(draft, 'failover', placeIn(draft, ready, 0), { at: hourBefore(draft, 20, 10), minutes: 2.5 });
    addTrial(draft, 'undoFailover', placeIn(draft, ready, 0), { at: hourBefore(draft, 20, 12), minutes: 4 });
    record(draft, { kind: 'failover', at: iso(since), jobs: [ready.id] });
  },
);

export const recoveryOddRows = told(
  'recovery-odd-rows',
  'sessions that never end, end before they begin or last for weeks, ids that are missing, objects listed twice, points without a size',
  (draft) => {
    const job = addServers(draft, 'Odd', [
      { name: 'odd-01', gib: 100 },
      { name: 'odd-02', gib: 140 },
      { name: 'odd-03', gib: 180 },
    ]);
    const [first, second, third] = [0, 1, 2].map((slot) => placeIn(draft, job, slot));
    if (!first || !second || !third) return;
    const at = (days: number) => hourBefore(draft, days, 9);
    addTrial(draft, 'restore', first, { at: at(3), minutes: Number.POSITIVE_INFINITY });
    addTrial(draft, 'restore', first, { at: at(4), minutes: -35 });
    addTrial(draft, 'restore', first, { at: at(7), minutes: 0 });
    addTrial(draft, 'restore', first, { at: at(20), minutes: 9 * 24 * 60 });
    addTrial(draft, 'restore', first, { at: at(21) });
    (['absent', 'zero', 'null', 'gone'] as const).forEach((pointId, i) =>
      addTrial(draft, 'restore', second, { at: at(5 + i), pointId, taskName: 'restored-machine' }),
    );
    addTrial(draft, 'restore', second, { at: at(12), sessionName: '' });
    addTrial(draft, 'restore', third, { at: at(6) });
    addVerification(draft, 'contentScan', job, { at: at(2), scan: { result: 'Inconclusive' } });
    addVerification(draft, 'sureBackup', job, { at: at(8), tasks: 0 });
    // Someone has scanned the backups of a job by hand: that is no verification.
    addVerification(draft, 'sureBackup', job, { at: at(9), jobId: job.id });
    draft.recovery.outdated.add(first.index);
    draft.recovery.outdated.add(third.index);
    draft.recovery.sizeless.add(third.machine);
    emptyObject(draft);
    record(draft, { kind: 'odd-rows', jobs: [job.id] });
  },
);

/** A job that has failed since it was made: its machine is listed and has no point. */
function emptyObject(draft: Draft): void {
  const job = addServers(draft, 'New', [{ name: 'odd-new', gib: 70 }]);
  job.createdAt = noonBefore(draft, 3);
  failNights(draft, [job], 3, 'hostUnavailable', { kind: 'never-succeeded' });
  const start = draft.now - 40 * MINUTE;
  const common = { start, job: -1, slot: 0, attempt: 0, result: 'Success' as const, tasks: 0 };
  addSession(draft, { ...common, end: start + DAY, kind: 'restore' });
}
