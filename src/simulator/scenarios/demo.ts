import type { JobKind } from '../estate/types.ts';
import type { SessionKind } from '../history/sessions.ts';
import { HOUR, MINUTE } from '../zone.ts';
import type { Draft, Scenario } from './draft.ts';
import { addSession, infect } from './estate-wide.ts';
import { stopProxy } from './proxy-down.ts';
import { addOtherMounts, neverRestore } from './recovery-trials.ts';
import { fillRepository } from './repository-full.ts';
import { expireLicence, neglectConfiguration } from './server-wide.ts';
import { failOneGuest, failOnSundays, needRetries, silence } from './single-jobs.ts';

export const demo: Scenario = {
  name: 'demo',
  summary: 'a believable estate with several troubles at once: the one to try the product with',
  isOdd: true,
  inject: (draft) => {
    fillRepository(draft, { jobs: 5, nights: 3 });
    stopProxy(draft, 4, 2);
    failOneGuest(draft, 10);
    silence(draft, 1, 9);
    needRetries(draft, 2);
    failOnSundays(draft, 1);
    infect(draft);
    expireLicence(draft, 24);
    neglectConfiguration(draft);
    restoreNow(draft, 'fileRestore', 'vsphere', 40 * MINUTE);
    restoreNow(draft, 'nasRestore', 'nas', 25 * MINUTE);
    restoreNow(draft, 'instantRecovery', 'vsphere', 2 * HOUR);
    restoreNow(draft, 'instantRecovery', 'hyperv', 3 * HOUR);
    addOtherMounts(draft);
    neverRestore(draft, important(draft));
    draft.recovery.isTold = true;
  },
};

/** Jobs of machines that matter most, none of which another trouble has. */
function important({ estate, taken }: Draft): number[] {
  const jobs = estate.jobs.filter(({ index, kind }) => kind === 'vsphere' && !taken.has(index));
  return jobs
    .filter((job) => job.isHighPriority || job.name.includes('ERP'))
    .map(({ index }) => index)
    .slice(0, 4);
}

/** A restore that began a while ago and goes on for some hours. */
function restoreNow(draft: Draft, kind: SessionKind, of: JobKind, ago: number): void {
  const job = draft.estate.jobs.find((one) => one.kind === of && !draft.taken.has(one.index));
  if (!job) return;
  const start = draft.now - ago;
  addSession(draft, {
    start,
    end: start + 5 * HOUR,
    kind,
    job: job.first,
    slot: 0,
    attempt: 0,
    result: 'Success',
    tasks: 1,
  });
}
