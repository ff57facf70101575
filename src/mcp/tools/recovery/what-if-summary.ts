import type { MassAnswer, TargetAnswer, WhatIfAnswer } from './what-if-shape.ts';

/** A plan in a few sentences of our own words and numbers that stand in the fields too. */
export function summariseWhatIf({ target, mass_restore = [] }: WhatIfAnswer): string {
  return [...(target ? [summariseTarget(target)] : []), ...mass_restore.map(summariseMass)].join(' ');
}

function summariseTarget(target: TargetAnswer): string {
  const { workloads, rto_minutes, rpo_hours, sla_after, rpo_after, likely_in_time } = target;
  const time =
    rto_minutes === null
      ? ''
      : `Within ${rto_minutes} minutes, each restored alone, ${likely_in_time} of ${workloads} workloads are likely back (probability of at least four fifths): ${counts(sla_after)}.`;
  const age = rpo_hours === null ? '' : `With an RPO of ${rpo_hours} h: ${counts(rpo_after)}.`;
  return [time, age].filter(Boolean).join(' ');
}

const counts = (all: Record<string, number>) =>
  Object.entries(all)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');

function summariseMass(one: MassAnswer): string {
  const { machines, minutes, bytes_display, late, bottleneck, relief, unknown_sizes } = one;
  if (machines === 0)
    return 'No machine of known size is among them, so how long they take at once is not known.';
  if (minutes === null)
    return `${machines} machines (${bytes_display}) at once never finish: no restore can run.`;
  const inTime = late === 0 ? 'all within their targets' : `${late} of them later than their targets`;
  return [
    `${machines} machines (${bytes_display}) restored at once take ${minutes} minutes, ${inTime}.`,
    bottleneck ? `The first bottleneck is ${WORDS[bottleneck] ?? bottleneck}.` : '',
    relief ? `With ${relief.change}: ${relief.minutes} minutes.` : '',
    unknown_sizes > 0 ? `${unknown_sizes} more of unknown size are not in that time.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const WORDS: Record<string, string> = {
  SLOTS: 'the number of restores that run at once (SLOTS)',
  BANDWIDTH: 'the bandwidth of all restores together (BANDWIDTH)',
  STREAM_RATE: 'the speed of a single restore (STREAM_RATE)',
  OVERHEAD: 'what a restore needs before data flow (OVERHEAD)',
};
