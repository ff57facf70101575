import { assessTrial, type RestoreTrial } from '../../../analysis/recovery/trial.ts';
import type { KnownTrial } from '../../../queries/recovery-facts.ts';
import type {
  LocationRow,
  MassRestoreRow,
  NextTestRow,
  RecoverySummary,
} from '../../../queries/recovery-lists.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import type { List } from './lists.ts';
import { share, time } from './rows.ts';
import type { RecoveryAnswer } from './shape.ts';
import type { MassResult } from './what-if-shape.ts';

type Row<L extends List> = NonNullable<RecoveryAnswer[L]>[number];

export function toLocationRow(row: LocationRow, isOne: boolean): Row<'locations'> {
  return {
    source_id: row.sourceId,
    workload_id: cleanText(row.workloadId, 100),
    ...(isOne ? {} : { workload_name: cleanText(row.workloadName) }),
    location_id: cleanText(ownId(row), 100),
    location_name: cleanOrNull(row.name),
    kind: row.kind,
    repository_type: cleanOrNull(row.repositoryType, 60),
    is_copy: row.isCopy,
    points: row.points,
    newest_point_id: cleanOrNull(row.newestPointId, 100),
    newest_point_at: isoSeconds(row.newestPointAt),
    rpo_age_hours: time(row.ageHours),
    rpo_status: row.status,
    malware_status: cleanOrNull(row.malwareStatus, 40),
    immutable_until_estimated: isoSeconds(row.immutableUntil),
    immutable_basis: row.immutableBasis,
    ...(row.otherSourceId === null ? {} : { in_source_id: row.otherSourceId }),
  };
}

/** A place of another source is stored behind the id of that source. */
function ownId({ locationId, otherSourceId }: LocationRow): string {
  const prefix = `${otherSourceId}/`;
  return otherSourceId !== null && locationId.startsWith(prefix)
    ? locationId.slice(prefix.length)
    : locationId;
}

/** A scenario of a run: the first so many machines, a tier, or everything. */
export function toMassRow({ detail, ...row }: MassRestoreRow): MassResult {
  const { late, share: part, unknown_sizes: unsized, reliefs } = objectOf(detail);
  const all = arrayOf(reliefs).map(objectOf);
  const own = all.find(({ limit }) => limit === row.bottleneck);
  return {
    source_id: row.sourceId,
    scenario: cleanText(row.scenario, 40),
    machines: row.machines,
    minutes: time(row.minutes),
    at_best_minutes: time(row.boundMinutes),
    within_targets: isWithin(row.isWithinTarget, numberOf(unsized) ?? 0),
    late: numberOf(late) ?? 0,
    bottleneck: row.bottleneck,
    bottleneck_share: share(numberOf(part)),
    relief: own
      ? {
          limit: textOf(own.limit) ?? '',
          change: changeWords(textOf(own.unit) ?? ''),
          minutes: time(numberOf(own.makespanMinutes)),
          saved_minutes: time(numberOf(own.savedMinutes)),
        }
      : null,
    unknown_sizes: numberOf(unsized) ?? 0,
  };
}

/** In time only if that is known of all of them. */
export function isWithin(late: boolean | null, unknownSizes: number): boolean | null {
  return late === true && unknownSizes > 0 ? null : late;
}

/** What a relief changes, in words that can stand alone. */
export function changeWords(unit: string): string {
  return CHANGES[unit] ?? cleanText(unit, 40);
}

const CHANGES: Record<string, string> = {
  '1 slot': '1 more at once',
  '10 % bandwidth': '10 % more bandwidth',
  '10 % stream speed': '10 % more speed of each restore',
  '1 minute of overhead': '1 minute less overhead each',
};

/** Why the runs want a test, by source and workload; they keep it for the most useful ones. */
export function reasonsOfTests(summaries: RecoverySummary[]): Map<string, string> {
  const entries = summaries.flatMap(({ sourceId, nextTests }) =>
    arrayOf(nextTests).flatMap((item): [string, string][] => {
      const { workload_id, reason } = objectOf(item);
      const known = textOf(reason);
      return known === null ? [] : [[`${sourceId} ${textOf(workload_id)}`, cleanText(known, 40)]];
    }),
  );
  return new Map(entries);
}

export function toTestRow(row: NextTestRow, reasons: ReadonlyMap<string, string>): Row<'next_tests'> {
  const known = reasons.get(`${row.sourceId} ${row.workloadId}`) ?? null;
  return {
    source_id: row.sourceId,
    workload_id: cleanText(row.workloadId, 100),
    workload_name: cleanText(row.name),
    tier: row.tier,
    rank: row.rank ?? 0,
    ...toBenefit(row),
    expected_minutes: time(row.expectedMinutes),
    reason: known ?? (row.recency === 'NEVER' ? 'NEVER_TESTED' : null),
    expected_too_slow: row.expectedMinutes !== null && row.expectedMinutes > row.rtoMinutes,
  };
}

/** What a passed restore would take off the probability of failing; the benefit is that times the weight of the tier. */
export function toBenefit({
  benefit,
  pMean,
  tierWeight,
}: Pick<NextTestRow, 'benefit' | 'pMean' | 'tierWeight'>) {
  const now = pMean === null ? null : 1 - pMean;
  const after = now === null || benefit === null || !(tierWeight > 0) ? null : now - benefit / tierWeight;
  return { benefit: share(benefit), failure_now: share(now), failure_after_pass: share(after) };
}

/** A trial as the engine takes it. */
export function toTrial(row: KnownTrial): RestoreTrial {
  return {
    trialId: row.trialId,
    workloadId: row.workloadId,
    class: row.class as RestoreTrial['class'],
    startedAt: row.startedAt.getTime(),
    endedAt: row.endedAt?.getTime() ?? null,
    readyAt: row.readyAt?.getTime() ?? null,
    readySince: row.readySince?.getTime() ?? null,
    outcome: row.outcome as RestoreTrial['outcome'],
    sizeBytes: row.sizeBytes,
    repositoryId: row.repositoryId,
    restorePointId: row.restorePointId,
    pointCreatedAt: row.pointCreatedAt?.getTime() ?? null,
    purpose: row.purpose as RestoreTrial['purpose'],
  };
}

/** A trial with what it counts for, by the clock of its source. */
export function toTrialRow(
  row: KnownTrial,
  { sourceId, now }: { sourceId: string; now: Date },
): Row<'trials'> {
  const assessed = assessTrial(toTrial(row), now.getTime());
  return {
    source_id: sourceId,
    trial_id: cleanText(row.trialId, 100),
    workload_id: cleanOrNull(row.workloadId, 100),
    class: row.class,
    outcome: row.outcome,
    passed: assessed.passed,
    started_at: isoSeconds(row.startedAt),
    minutes: time(assessed.minutes),
    minutes_at_least: assessed.minutes !== null && !assessed.isReached,
    no_time_because: assessed.excluded ?? assessed.untimed,
    purpose: row.purpose,
    mapped_by: row.mappedBy,
    restore_point_id: cleanOrNull(row.restorePointId, 100),
    size_bytes: row.sizeBytes,
    message: cleanOrNull(row.message, 200),
  };
}
