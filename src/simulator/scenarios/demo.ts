import type { Scenario } from './draft.ts';
import { infect } from './estate-wide.ts';
import { stopProxy } from './proxy-down.ts';
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
  },
};
