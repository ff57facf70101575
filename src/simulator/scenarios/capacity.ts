import {
  answerNothing,
  cutAboveTheFloor,
  deleteMuch,
  expand,
  fillSuddenly,
  goOffline,
  migrate,
} from './capacity-events.ts';
import { accelerate, climbAndFall, growLinearly, keepMonths, level } from './capacity-growth.ts';
import { growWithoutLimit, offload, share } from './capacity-places.ts';
import type { Draft, Scenario } from './draft.ts';

type Build = (draft: Draft) => void;

/** Each puts repositories of its own, with jobs of their own, beside the usual estate. */
const REGIMES: [string, string, Build][] = [
  ['linear', 'a repository grows by as much each day, until it is full', growLinearly],
  ['accelerating', 'a repository grows by 1.2 % a day', accelerate],
  ['saturating', 'growth of a repository ends by itself, well before it is full', level],
  [
    'sawtooth',
    'use climbs for a week and falls when the oldest chain goes, and grows on top of it',
    climbAndFall,
  ],
  ['gfs-plateau', 'use steps up once a month until all monthly fulls are there', keepMonths],
  ['mass-deletion', 'on day 25 the backups of retired servers are deleted', deleteMuch],
  ['migration', 'on day 25 a job and its backups move from one repository to another', migrate],
  ['expansion', 'on day 30 a volume gets 30 % larger', expand],
  ['sobr-offload', 'complete chains move from a scale-out repository to a bucket that fills', offload],
  ['immutability-floor', 'on day 20 retention is cut, but immutability keeps a month', cutAboveTheFloor],
  ['unlimited-bucket', 'a bucket without a limit grows', growWithoutLimit],
  ['shared-volume', 'two repositories on one volume, which is to be counted once', share],
  [
    'offline-week',
    'from day 30 a repository is offline for a week, and the job that writes to it fails',
    goOffline,
  ],
  ['sudden-fill', 'on day 45 somebody fills a volume with other data, to 93 %', fillSuddenly],
];

const toScenario = ([name, summary, inject]: (typeof REGIMES)[number]): Scenario => ({
  name: `capacity-${name}`,
  summary,
  inject,
});

/** Days count from the start of the server: history comes about by asking it while its clock goes on. */
export const capacityScenarios: Scenario[] = [
  ...REGIMES.map(toScenario),
  toScenario([
    'gaps',
    'a repository grows evenly; in the fifth week the server does not answer',
    answerNothing,
  ]),
  toScenario([
    'all',
    'all kinds of growth and events side by side, each on repositories of its own',
    (draft) => {
      for (const [, , build] of REGIMES) build(draft);
    },
  ]),
];
