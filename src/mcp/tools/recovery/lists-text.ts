import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { RecoveryAnswer } from './shape.ts';
import type { MassResult } from './what-if-shape.ts';

/** The lists that were asked for, as compact markdown. */
export function renderLists(answer: RecoveryAnswer): string {
  return paragraphs([renderTests(answer), renderMass(answer), renderLocations(answer), renderTrials(answer)]);
}

function renderTests({ next_tests }: RecoveryAnswer): string {
  if (!next_tests) return '';
  if (next_tests.length === 0) return 'Next tests: none of these workloads needs one now.';
  const rows = next_tests.map((row) => [
    row.rank,
    quoteCell(row.workload_name),
    row.tier,
    row.benefit,
    row.failure_now === null ? null : `${row.failure_now} → ${row.failure_after_pass ?? 'not known'}`,
    row.expected_minutes,
    row.reason === null ? null : wordCell(row.reason),
    row.expected_too_slow ? 'expected to miss its RTO: a faster restore is needed first' : null,
  ]);
  const columns = [
    'rank',
    'workload',
    'tier',
    'benefit',
    'P(fails) now → after a pass',
    'minutes',
    'why',
    'note',
  ];
  return `Tests worth doing next, heavier tier first (benefit: what a passed restore takes off P(fails), times the weight of the tier):\n${table(columns, rows)}`;
}

function renderMass({ mass_restore, sources }: RecoveryAnswer): string {
  if (!mass_restore || mass_restore.length === 0) return '';
  const isMany = sources.length > 1;
  const rows = mass_restore.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    /^(ALL|N:\d+|TIER:\d)$/.test(row.scenario)
      ? row.scenario.replace(/^N:.*/, 'first in order')
      : quoteCell(row.scenario),
    row.machines,
    // Without a slot nothing ever ends; without a size nobody knows.
    row.minutes ?? (row.unknown_sizes > 0 && row.unknown_sizes >= row.machines ? 'not known' : 'never'),
    row.at_best_minutes,
    row.late,
    ...bottleneckCells(row),
  ]);
  const columns = [
    ...(isMany ? ['source'] : []),
    'all at once',
    'machines',
    'minutes',
    'at best',
    'late',
    'bottleneck',
    'share of time',
    'relief',
  ];
  return `Restores that all start at one moment (by tier, largest first; late: after their own RTO):\n${table(columns, rows)}`;
}

/** What limits a mass restore for the longest time, and what more of it would bring. */
export function bottleneckCells({ bottleneck, bottleneck_share, relief, unknown_sizes }: MassResult) {
  return [
    bottleneck,
    bottleneck_share,
    [
      relief ? `with ${relief.change} ${relief.minutes} minutes` : '',
      unknown_sizes > 0 ? `${unknown_sizes} of unknown size left out` : '',
    ]
      .filter(Boolean)
      .join('; ') || null,
  ];
}

function renderLocations({ locations, workload }: RecoveryAnswer): string {
  if (!locations) return '';
  if (locations.length === 0) return 'Locations: no place holds a point.';
  const rows = locations.map((row) => [
    ...(workload ? [] : [quoteCell(row.workload_name ?? row.workload_id)]),
    `${quoteCell(row.location_name ?? row.location_id)}${row.in_source_id === undefined ? '' : ` in ${quoteCell(row.in_source_id)}`}`,
    `${row.kind}${row.is_copy ? ' copy' : ''}`,
    row.points,
    row.newest_point_at,
    row.rpo_age_hours,
    row.rpo_status,
    row.malware_status === null ? 'not said' : wordCell(row.malware_status),
    immutability(row),
  ]);
  const columns = [
    ...(workload ? [] : ['workload']),
    'location',
    'kind',
    'points',
    'newest',
    'age h',
    'RPO status',
    'malware status',
    'immutable until (estimate)',
  ];
  return `Newest usable point per location:\n${table(columns, rows)}`;
}

/** An end that is not known is not "none". */
export function immutability({
  immutable_until_estimated,
  immutable_basis,
}: {
  immutable_until_estimated: string | null;
  immutable_basis: string | null;
}): string {
  if (immutable_until_estimated !== null) return `about ${immutable_until_estimated}`;
  if (immutable_basis === 'UNLOCKED') return 'not locked, can be switched off';
  return immutable_basis === 'NONE' ? 'not immutable' : 'not known';
}

function renderTrials({ trials, workload }: RecoveryAnswer): string {
  if (!trials) return '';
  if (trials.length === 0)
    return workload
      ? 'Trials: none. No restore, verification or scan of it is known.'
      : 'Trials: none is known.';
  const rows = trials.map((row) => [
    ...(workload ? [] : [row.workload_name ? quoteCell(row.workload_name) : 'not known']),
    row.started_at,
    row.class,
    row.outcome,
    row.minutes === null ? null : `${row.minutes_at_least ? 'at least ' : ''}${row.minutes}`,
    row.purpose,
    row.restore_point_id === null ? null : quoteCell(row.restore_point_id, 60),
    [
      row.passed === null ? 'decides nothing' : '',
      row.no_time_because ?? '',
      row.message ? quoteCell(row.message) : '',
    ]
      .filter(Boolean)
      .join('; ') || null,
  ]);
  const columns = [
    ...(workload ? [] : ['workload']),
    'started',
    'class',
    'outcome',
    'minutes',
    'purpose',
    'point',
    'notes',
  ];
  return `Trials, newest first:\n${table(columns, rows)}`;
}
