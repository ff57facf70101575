import type { Draft, Scenario } from './draft.ts';
import {
  collapseVolume,
  drift,
  dropReduction,
  encryptBriefly,
  encryptSlowly,
} from './efficiency-anomalies.ts';
import { closeMonths, makeNewFull, moveAway, patchAll, stayAsEver } from './efficiency-benign.ts';
import { addMany, answerOddly, useAppliances } from './efficiency-places.ts';
import { disableForLong, keepTooLong, orphan, protectTwice, reduceLittle } from './efficiency-reclaimable.ts';

type Plan = [string, string, (draft: Draft) => void];

/** Each puts repositories and jobs of its own beside the usual estate, whose machines get a rhythm, too. */
const SIDE_BY_SIDE: Plan[] = [
  ['dedupe-drop', 'twelve nights ago the reduction of one job fell, and stays there', dropReduction],
  [
    'encryption-burst',
    'for some nights increments of single machines are many times as large and do not shrink; malware detection noticed two of four',
    encryptBriefly,
  ],
  [
    'slow-encryption',
    'for three weeks increments of one machine shrink a little less each night',
    encryptSlowly,
  ],
  [
    'volume-collapse',
    'two machines suddenly back up almost nothing; one of them is repaired',
    collapseVolume,
  ],
  [
    'degrading-trend',
    'the reduction of one job gets worse by a tenth in a month, that of another better',
    drift,
  ],
  [
    'appliance',
    'repositories on appliances, where files say nothing, and one with shared blocks',
    useAppliances,
  ],
  ['orphaned', 'backups of a job that was deleted, and imported ones', orphan],
  ['disabled-job', 'a job is disabled for three weeks, its backups stay', disableForLong],
  [
    'double-protection',
    'a machine is in two jobs that read it, and in a copy, which is meant to be',
    protectTwice,
  ],
  ['over-retained', 'a job keeps four times as many days as it is set to', keepTooLong],
  ['below-peers', 'the data of one job hardly shrink, those of its peers to less than half', reduceLittle],
  [
    'migration',
    'two weeks ago a job and its backups moved to another repository: nothing to report',
    moveAway,
  ],
  ['new-full', 'ten nights ago a job began a new chain: nothing to report', makeNewFull],
  [
    'month-end',
    'increments of one job are large on the last day of each month: nothing to report',
    closeMonths,
  ],
  ['steady', 'thirty machines more, and nothing happens', stayAsEver],
];

const ALONE: Plan[] = [
  ['patch-day', 'on one day the increments of all machines are large: nothing to report', patchAll],
  [
    'odd-rows',
    'rows without sizes, with zeros and in wrong units; files that vanish between pages; a backup that is away once',
    answerOddly,
  ],
  ['bench', '500 backups with 400 files each, of 5,000 machines', addMany],
  [
    'all',
    'what happens in the scenarios that do not touch the whole estate, side by side',
    (draft) => {
      for (const [, , build] of SIDE_BY_SIDE) build(draft);
    },
  ],
];

export const efficiencyScenarios: Scenario[] = [...SIDE_BY_SIDE, ...ALONE].map(([name, summary, inject]) => ({
  name: `efficiency-${name}`,
  summary,
  inject,
}));
