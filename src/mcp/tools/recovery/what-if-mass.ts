import { massRestoreBottleneck } from '../../../analysis/recovery/bottleneck.ts';
import { type MassRestoreItem, massRestore, mostWithin } from '../../../analysis/recovery/mass.ts';
import type { MassRestoreLimits } from '../../../analysis/recovery/simulation.ts';
import type { Recovery } from '../../../queries/recovery.ts';
import type { RecoverySummary } from '../../../queries/recovery-lists.ts';
import { AnswerError } from '../../errors.ts';
import { sum } from '../../tally.ts';
import { cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { sizeText, wholeBytes } from '../capacity/sizes.ts';
import { changeWords, isWithin } from './list-rows.ts';
import type { WhatIf } from './question.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import { share, time } from './rows.ts';
import type { MassAnswer, WhatIfAnswer } from './what-if-shape.ts';

export type Given = { machines: Recovery[]; summaries: RecoverySummary[]; plan: WhatIf };

/**
 * How long many restores at once take, per backup server: slots and bandwidth are its own.
 * @throws AnswerError if the number of restores at once is not known anywhere
 */
export function answerMass(scope: RecoveryScope, given: Given): WhatIfAnswer {
  const results = simulateAll(scope, given);
  if (results.length === 0) {
    throw new AnswerError(
      'what_if: how many restores run at once is not known, as no run could read it: give slots.',
    );
  }
  return { kind: 'mass_restore', mass_restore: results, assumptions: assumptionsOf(results, given.plan) };
}

/** Of the servers whose number of restores at once is known or given. */
export function simulateAll(scope: RecoveryScope, { machines, summaries, plan }: Given): MassAnswer[] {
  return summaries.flatMap((summary) => {
    const own = machines.filter(({ sourceId }) => sourceId === summary.sourceId);
    const slots = plan.slots ?? summary.slots;
    if (own.length === 0 || slots === null) return [];
    return [simulate(own, { ...summary, slots }, plan, scope.question.limit)];
  });
}

function simulate(
  own: Recovery[],
  summary: RecoverySummary & { slots: number },
  plan: WhatIf,
  limit: number,
): MassAnswer {
  const items = chooseFirst(
    own.map((machine) => toItem(machine, plan)),
    plan.machines,
  );
  const limits = toLimits(summary, plan);
  const restore = massRestore(items, limits);
  const bottleneck = massRestoreBottleneck(items, limits);
  const reliefs = (bottleneck?.reliefs ?? []).map((one) => ({
    limit: one.limit,
    change: changeWords(one.unit),
    minutes: time(one.makespanMinutes),
    saved_minutes: time(one.savedMinutes),
  }));
  const target = shortestTarget(items);
  const bytes = sum(items.map(({ sizeBytes }) => sizeBytes ?? 0));
  const machines = new Map(own.map((machine) => [machine.workloadId, machine]));
  return {
    source_id: summary.sourceId,
    scenario: scenarioOf(plan),
    machines: restore.finishes.length,
    asked_machines: plan.machines ?? null,
    // Nothing takes no time; machines of unknown size take one that is not known.
    minutes: restore.finishes.length === 0 ? null : time(restore.makespanMinutes),
    at_best_minutes: restore.finishes.length === 0 ? null : time(restore.boundMinutes),
    within_targets: isWithin(
      restore.makespanMinutes === null ? null : restore.late === 0,
      restore.unknownSizes.length,
    ),
    late: restore.late,
    bottleneck: bottleneck?.limit ?? null,
    bottleneck_share: share(bottleneck?.share ?? null),
    relief: reliefs.find((one) => one.limit === bottleneck?.limit) ?? null,
    reliefs,
    unknown_sizes: restore.unknownSizes.length,
    bytes: wholeBytes(bytes),
    bytes_display: sizeText(bytes),
    limits: {
      slots: limits.slots,
      slots_basis: plan.slots === undefined ? summary.slotsBasis : 'PLAN',
      gib_per_minute: share(limits.streamGibPerMinute),
      rate_basis: summary.rateBasis,
      overhead_minutes: time(limits.overheadMinutes),
      bandwidth_gib_per_minute: share(finiteOrNull(limits.bandwidthGibPerMinute)),
      bandwidth_basis: plan.bandwidth_gib_per_minute === undefined ? summary.bandwidthBasis : 'PLAN',
    },
    ...(changesLimits(plan)
      ? { before_minutes: time(massRestore(items, toLimits(summary, {})).makespanMinutes) }
      : {}),
    ...(plan.machines === undefined ? {} : { median_size_minutes: time(ofMedianSize(own, items, limits)) }),
    target_minutes: target,
    most_within_target: target === null ? null : mostWithin(items, limits, target),
    finishes: restore.finishes.slice(0, limit).map((finish) => {
      const machine = machines.get(finish.workloadId);
      return {
        workload_id: cleanText(finish.workloadId, 100),
        workload_name: cleanText(machine?.name ?? ''),
        tier: machine?.tier ?? null,
        start_minutes: time(finish.startMinutes),
        finish_minutes: time(finish.finishMinutes),
        target_minutes: plan.rto_minutes ?? machine?.rtoMinutes ?? 0,
        late: finish.isLate,
      };
    }),
  };
}

const toItem = ({ workloadId, sizeBytes, tier, rtoMinutes }: Recovery, plan: WhatIf): MassRestoreItem => ({
  workloadId,
  sizeBytes,
  priority: tier,
  rtoMinutes: plan.rto_minutes ?? rtoMinutes,
});

/** The first so many in order of restore, which are the largest of the most important: the hardest choice. */
function chooseFirst(items: MassRestoreItem[], count: number | undefined): MassRestoreItem[] {
  if (count === undefined) return items;
  const ordered = massRestore(items, ANY).finishes.map(({ workloadId }) => workloadId);
  const chosen = new Set(ordered.slice(0, count));
  return items.filter(({ workloadId }) => chosen.has(workloadId));
}

/** For the order of restore alone. */
const ANY: MassRestoreLimits = {
  slots: 1,
  streamGibPerMinute: 1,
  bandwidthGibPerMinute: 1,
  overheadMinutes: 0,
};

function toLimits(
  { slots, gibPerMinute, bandwidthGibPerMinute, overheadMinutes }: RecoverySummary,
  plan: Pick<WhatIf, 'slots' | 'bandwidth_gib_per_minute'>,
): MassRestoreLimits {
  return {
    slots: plan.slots ?? slots ?? 0,
    streamGibPerMinute: gibPerMinute ?? 0,
    bandwidthGibPerMinute: plan.bandwidth_gib_per_minute ?? bandwidthGibPerMinute ?? Number.POSITIVE_INFINITY,
    overheadMinutes: overheadMinutes ?? 0,
  };
}

const changesLimits = ({ slots, bandwidth_gib_per_minute }: WhatIf) =>
  slots !== undefined || bandwidth_gib_per_minute !== undefined;

const finiteOrNull = (value: number) => (Number.isFinite(value) ? value : null);

/** Minutes for as many machines of the usual size, since nobody says which ones are lost. */
function ofMedianSize(own: Recovery[], items: MassRestoreItem[], limits: MassRestoreLimits): number | null {
  const sizes = own.flatMap(({ sizeBytes }) => sizeBytes ?? []).toSorted((a, b) => a - b);
  const median = sizes[Math.floor((sizes.length - 1) / 2)];
  if (median === undefined) return null;
  return massRestore(
    items.map((item) => ({ ...item, sizeBytes: median })),
    limits,
  ).makespanMinutes;
}

function shortestTarget(items: MassRestoreItem[]): number | null {
  const targets = items.flatMap(({ rtoMinutes }) => rtoMinutes ?? []);
  return targets.length > 0 ? targets.reduce((least, one) => Math.min(least, one)) : null;
}

function scenarioOf({ machines, workloads, tier }: WhatIf): string {
  if (machines !== undefined) return tier === undefined ? 'FIRST' : `FIRST_OF_TIER:${tier}`;
  if (workloads !== undefined) return 'NAMED';
  return tier === undefined ? 'ALL_MATCHING' : `TIER:${tier}`;
}

/** What the simulation takes for granted, in our words. */
export function assumptionsOf(results: MassAnswer[], plan: WhatIf): string[] {
  const any = (of: (one: MassAnswer) => boolean) => results.some(of);
  return [
    'All restores start at one moment and run unattended, by tier, largest first; all streams are equally fast.',
    ...(plan.machines === undefined
      ? []
      : [
          'Which machines are lost is not said: the first in order of restore are taken, the largest of the most important tier.',
        ]),
    ...(any(({ asked_machines: asked, machines }) => asked !== null && machines < asked)
      ? ['Fewer machines of known size match than were asked for: all of them are taken.']
      : []),
    ...(any(({ limits }) => limits.bandwidth_gib_per_minute === null)
      ? ['Bandwidth of all restores together is not known and taken as unlimited: it may take longer.']
      : []),
    ...(any(({ limits }) => limits.slots_basis === 'ASSUMED')
      ? ['How many restores run at once is assumed: no limit of a proxy or repository is readable.']
      : []),
    ...(any(({ limits }) => limits.rate_basis === 'ASSUMED')
      ? ['The speed of a restore is assumed: too few restores of known size.']
      : []),
    ...(any(({ unknown_sizes }) => unknown_sizes > 0)
      ? ['Machines of unknown size are left out: with them it takes longer.']
      : []),
    ...(results.length > 1
      ? [
          `Each ${results.some(({ source_id }) => isVault(source_id)) ? 'source' : 'backup server'} restores its own machines, side by side with the others.`,
        ]
      : []),
  ];
}
