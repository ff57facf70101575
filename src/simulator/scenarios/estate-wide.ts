import type { SessionRow } from '../history/sessions.ts';
import { DAY, HOUR, MINUTE } from '../zone.ts';
import { type Draft, isNightly, type Scenario, takeJobs } from './draft.ts';
import { affectRuns, iso, noonBefore, record } from './inject.ts';

export const estateWideOutage: Scenario = {
  name: 'estate-wide-outage',
  summary:
    'three nights ago the backup service was down for half an hour: all jobs that ran then failed, and are fine since',
  inject: (draft) => {
    const nightly = draft.estate.jobs.filter(isNightly).length;
    const jobs = takeJobs(draft, Math.max(4, Math.floor(nightly * 0.7)));
    for (const [i, job] of jobs.entries()) {
      job.schedule = { kind: 'daily', minute: 22 * 60 + (i % 5) * 5 };
      job.baseMinutes = Math.max(job.baseMinutes, 45);
    }
    const cutAt = draft.zone.toUtc((draft.zone.dayOf(draft.now) - 3) * DAY + 22 * HOUR + 35 * MINUTE);
    const server = draft.estate.servers[0];
    affectRuns(draft, jobs, {
      kind: 'service-down',
      from: cutAt - 40 * MINUTE,
      to: cutAt,
      effect: { result: 'Failed', cause: 'serviceDown', cutAt },
      cause: { kind: 'message', ...(server && { id: server.id }), text: 'Veeam Backup Service' },
    });
  },
};

export const retentionDeletion: Scenario = {
  name: 'retention-deletion',
  summary:
    'two days ago retention was shortened for many jobs: a lot of backup files are gone, and that was meant',
  inject: (draft) => {
    const jobs = takeJobs(draft, 12, (job) => isNightly(job) && job.gfs.weekly === 0);
    for (const job of jobs) job.retentionDays = Math.max(job.retentionDays, 30);
    const at = noonBefore(draft, 2);
    draft.retentionCuts.push({ jobs: jobs.map(({ index }) => index), at, days: 7 });
    addSession(draft, {
      start: at,
      end: at + 35 * MINUTE,
      kind: 'deletion',
      job: -1,
      slot: 0,
      attempt: 0,
      result: 'Success',
      tasks: 0,
    });
    record(draft, {
      kind: 'retention-shortened',
      at: iso(at),
      jobs: jobs.map(({ id }) => id),
      note: 'intended',
    });
  },
};

export const neverRestored: Scenario = {
  name: 'never-restored',
  summary: 'the machines of the most important jobs have never been restored nor verified',
  inject: (draft) => {
    const jobs = takeJobs(draft, 8);
    for (const job of jobs) {
      job.isHighPriority = true;
      for (let slot = 0; slot < job.count; slot += 1) draft.neverRestored.add(job.first + slot);
    }
    record(draft, { kind: 'never-restored', jobs: jobs.map(({ id }) => id) });
  },
};

export const ransomware: Scenario = {
  name: 'ransomware',
  summary: 'malware events on machines of one job, whose changed data has exploded and no longer compresses',
  inject: infect,
};

const FINDINGS = [
  {
    type: 'EncryptedData',
    severity: 'Infected',
    details: 'Potentially encrypted data was found: entropy rose on 8431 files',
  },
  {
    type: 'RansomwareNotes',
    severity: 'Infected',
    details: 'Ransomware note found: C:\\Users\\Public\\HOW_TO_DECRYPT.txt',
  },
  {
    type: 'RenamedFiles',
    severity: 'Suspicious',
    details: '12764 files were renamed to the extension .locked',
  },
] as const;

export function infect(draft: Draft): void {
  const jobs = takeJobs(draft, 1, (job) => isNightly(job) && job.count >= 3 && !job.isEncrypted);
  const [job] = jobs.length > 0 ? jobs : takeJobs(draft, 1);
  if (!job) return;
  const at = noonBefore(draft, 1) - 5 * HOUR;
  FINDINGS.forEach((finding, i) => {
    if (i >= job.count) return;
    draft.posture.malware.push({
      ...finding,
      protected: job.first + i,
      state: 'Created',
      source: 'InternalVeeamDetector',
      at: at + i * 7 * MINUTE,
    });
  });
  // One that turned out to be nothing, and one that is long over.
  const other = draft.estate.protected.find(
    (place) => place.job !== job.index && place.originJob === place.job,
  );
  if (other) {
    const event = {
      type: 'DeletedUsefulFiles',
      severity: 'Suspicious',
      source: 'InternalVeeamDetector',
      details: '412 files were deleted',
    } as const;
    draft.posture.malware.push({
      ...event,
      protected: other.index,
      state: 'FalsePositive',
      at: at - 6 * DAY,
    });
    draft.posture.malware.push({ ...event, protected: other.index, state: 'Created', at: at - 55 * DAY });
  }
  affectRuns(draft, [job], {
    kind: 'ransomware',
    from: noonBefore(draft, 2),
    effect: { readFactor: 14, isIncompressible: true, durationFactor: 1.8 },
  });
}

export function addSession(draft: Draft, row: SessionRow): void {
  const day = draft.zone.dayOf(row.start);
  draft.extra.set(day, [...(draft.extra.get(day) ?? []), row]);
}
