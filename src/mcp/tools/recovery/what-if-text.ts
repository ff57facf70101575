import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell } from '../../untrusted.ts';
import { bottleneckCells } from './lists-text.ts';
import type { RecoveryAnswer } from './shape.ts';
import type { MassAnswer, TargetAnswer, WhatIfAnswer } from './what-if-shape.ts';

/** A plan as compact markdown. Every number is one of the structured content. */
export function renderWhatIf(answer: RecoveryAnswer, plan: WhatIfAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}. What if: ${plan.kind}.`,
    plan.target ? renderTarget(plan.target) : '',
    ...(plan.mass_restore ?? []).map((one) => renderMass(one, (plan.mass_restore?.length ?? 0) > 1)),
    plan.assumptions.length > 0
      ? ['Taken for granted:', ...plan.assumptions.map((text) => `- ${text}`)].join('\n')
      : '',
    renderBase(answer),
  ]);
}

function renderTarget(target: TargetAnswer): string {
  const statuses = (before: Record<string, number>, after: Record<string, number>) =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])].map((status) => [
      status,
      before[status] ?? null,
      after[status] ?? null,
    ]);
  const isTime = target.rto_minutes !== null;
  const isAge = target.rpo_hours !== null;
  const bases = Object.entries(target.basis_after).map(([basis, count]) => `${count} ${basis}`);
  return paragraphs([
    isTime
      ? `Restore within ${target.rto_minutes} minutes (now: the targets that are set):\n${table(['RTO status', 'now', 'then'], statuses(target.sla_before, target.sla_after))}\nBasis: ${bases.join(', ')}.`
      : '',
    isAge
      ? `Newest point at most ${target.rpo_hours} h old (now: the targets that are set):\n${table(['RPO status', 'now', 'then'], statuses(target.rpo_before, target.rpo_after))}`
      : '',
    renderLeast(target, isTime, isAge),
  ]);
}

function renderLeast({ least_likely, workloads }: TargetAnswer, isTime: boolean, isAge: boolean): string {
  const rows = least_likely.map((row) => [
    quoteCell(row.workload_name),
    row.tier,
    ...(isTime
      ? [
          `${row.before.sla_status} ${row.before.p_mean ?? 'not known'} in ${row.before.rto_target_minutes}`,
          row.after.sla_status,
          row.after.p_mean === null
            ? 'not known'
            : `${row.after.p_mean} (${row.after.p_low}–${row.after.p_high})`,
          row.after.basis,
          row.q50_minutes,
          row.q90_minutes,
        ]
      : []),
    ...(isAge
      ? [
          row.rpo_age_hours,
          `${row.before.rpo_status} of ${row.before.rpo_target_hours}`,
          row.after.rpo_status,
        ]
      : []),
  ]);
  const columns = [
    'workload',
    'tier',
    ...(isTime
      ? ['now: status, P, min', 'then', 'P(in time)', 'basis', 'half back in min', 'nine of ten']
      : []),
    ...(isAge ? ['age h', 'RPO now', 'RPO then'] : []),
  ];
  return `The least likely to be back in time (${least_likely.length} of ${workloads}):\n${table(columns, rows)}`;
}

function renderMass(one: MassAnswer, isMany: boolean): string {
  const { limits } = one;
  const [bottleneck, part, relief] = bottleneckCells(one);
  const lines = [
    `- ${one.machines} machines, ${one.bytes_display}: ${one.minutes ?? 'never'} minutes; no plan is faster than ${one.at_best_minutes ?? 'not known'}`,
    one.before_minutes === undefined
      ? ''
      : `- with the limits as they are: ${one.before_minutes ?? 'never'} minutes`,
    one.median_size_minutes === undefined || one.median_size_minutes === null
      ? ''
      : `- as many machines of the median size: ${one.median_size_minutes} minutes`,
    `- ${one.late} later than their targets; restored by themselves, ${one.most_within_target === null ? 'an unknown number of them' : `the first ${one.most_within_target}`} would be back within ${one.target_minutes ?? 'an unknown target'} minutes, the shortest target`,
    bottleneck === null
      ? ''
      : `- first bottleneck: ${bottleneck}, for a share of ${part ?? 'unknown'} of the time${relief === null ? '' : `; ${relief}`}`,
    ...one.reliefs.map(
      ({ limit, change, minutes, saved_minutes }) =>
        `- ${limit}: with ${change} ${minutes ?? 'never'} minutes, ${saved_minutes ?? 'not known'} saved`,
    ),
    `- limits: ${limits.slots} at once (${limits.slots_basis}); one restore ${limits.gib_per_minute} GiB a minute after ${limits.overhead_minutes} minutes (${limits.rate_basis}); all together ${limits.bandwidth_gib_per_minute === null ? 'not known' : `${limits.bandwidth_gib_per_minute} GiB a minute`} (${limits.bandwidth_basis})`,
  ];
  const rows = one.finishes.map((row) => [
    quoteCell(row.workload_name),
    row.tier,
    row.start_minutes,
    row.finish_minutes ?? 'never',
    row.target_minutes,
    row.late === null ? null : row.late ? 'late' : 'in time',
  ]);
  return [
    `All at once${isMany ? ` on ${quoteCell(one.source_id)}` : ''}:`,
    ...lines.filter(Boolean),
    table(['in order of restore', 'tier', 'starts, min', 'back, min', 'target, min', ''], rows),
  ].join('\n');
}
