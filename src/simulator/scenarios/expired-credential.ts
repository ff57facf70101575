import { type Draft, type Scenario, takeJobs } from './draft.ts';
import { failNights, startTogether } from './inject.ts';

export const expiredCredential: Scenario = {
  name: 'expired-credential',
  summary: 'the password of a service account has expired; the jobs that use it fail, five nights now',
  inject: (draft) => expireCredential(draft, 4, 5),
};

function expireCredential(draft: Draft, count: number, nights: number): void {
  const jobs = takeJobs(draft, count);
  startTogether(jobs, 20);
  failNights(draft, jobs, nights, 'credential', {
    kind: 'expired-credential',
    cause: { kind: 'message', text: 'user name or password is incorrect' },
  });
}
