import type { MassRestoreScenario, RecoveryEstate } from '../../src/analysis/recovery/estate.ts';
import {
  estimateImmutability,
  type Immutability,
  vaultImmutability,
} from '../../src/analysis/recovery/immutability.ts';
import type { NextTest } from '../../src/analysis/recovery/next-tests.ts';
import type { LocationPoints } from '../../src/analysis/recovery/points.ts';
import type { TierAnswer } from '../../src/business/tier.ts';
import type { BulkRow } from '../../src/pipeline/bulk.ts';
import type { Assessed } from './assess.ts';
import { sourceOfPlace, toProtections } from './joined.ts';
import type { Place } from './read-places.ts';
import type { ReplicaState } from './read-points.ts';

type Row<T extends 'workload_recovery' | 'recovery_location' | 'mass_restore'> = Omit<
  BulkRow<T>,
  'source_id' | 'run_id'
>;

const at = (ms: number | null) => (ms === null ? null : new Date(ms));

/** What is concluded of one workload, as the table has it. */
export function toRecoveryRow(assessed: Assessed, test: NextTest | undefined): Row<'workload_recovery'> {
  const { workload, record, tier, replicas, immutability, lastFailureReason } = assessed;
  const { target, duration, inTime, points, restores, verifications, safePoint, score, throughput } = record;
  return {
    workload_id: workload.workloadId,
    name: workload.name,
    platform: workload.platform,
    size_bytes: workload.sizeBytes,
    ...toTier(tier),
    job_ids: unique(workload.holdings.map(({ jobId }) => jobId)),
    job_names: unique(workload.holdings.map(({ jobName }) => jobName)),
    repository_ids: [...target.repositoryIds],
    trials: restores.n,
    ok_trials: restores.passed,
    failed_trials: restores.failed,
    verifications: verifications.n,
    ok_verifications: verifications.passed,
    p_mean: inTime.mean,
    p_low: inTime.low,
    p_high: inTime.high,
    basis: record.basis,
    q50_minutes: duration.q50,
    q50_low: duration.q50Range.low,
    q50_high: duration.q50Range.high,
    q90_minutes: duration.q90,
    q90_low: duration.q90Range.low,
    q90_high: duration.q90Range.high,
    quantile_basis: duration.basis,
    max_guarantee: duration.maximumGuarantee,
    overhead_minutes: throughput.overheadMinutes,
    gib_per_minute: throughput.gibPerMinute,
    rate_basis: throughput.basis,
    rto_target_minutes: target.rtoMinutes,
    rto_target_basis: target.rtoBasis,
    sla_status: record.slaStatus,
    recency: record.recency,
    last_test_at: at(record.lastTestAt),
    last_test_class: record.lastTest?.trial.class ?? null,
    last_failure_at: at(record.lastFailureAt),
    last_failure_reason: lastFailureReason,
    restore_points: points.points,
    newest_point_id: points.newest?.pointId ?? null,
    newest_point_at: at(points.newest?.createdAt ?? null),
    rpo_age_hours: points.ageHours,
    rpo_target_hours: target.rpoHours,
    rpo_target_basis: target.rpoBasis,
    rpo_status: points.status,
    rpo_breached_share: points.breachedShare,
    hidden_by_job: record.missedRun?.name ?? null,
    last_clean_point_id: points.lastClean?.pointId ?? null,
    last_clean_at: at(points.lastClean?.createdAt ?? null),
    last_safe_point_id: safePoint?.point.pointId ?? null,
    last_safe_at: at(safePoint?.point.createdAt ?? null),
    safe_proof: safePoint && toProof(safePoint.proof),
    immutable_until: at(immutability.until),
    immutable_basis: immutability.basis,
    replicas: replicas.length,
    newest_replica_at: newest(replicas),
    score: score.value,
    score_low: score.low,
    score_high: score.high,
    grade: score.grade,
    components: Object.fromEntries(
      score.components.map(({ name, weight, value, low, high }) => [name, { weight, value, low, high }]),
    ),
    test_rank: test?.rank ?? null,
    test_benefit: test?.benefit ?? null,
    reasons: [...record.reasons, ...assessed.reasons],
    home_source_id: assessed.joined?.home?.sourceId ?? null,
    home_workload_id: assessed.joined?.home?.workloadId ?? null,
    protections: assessed.joined ? toProtections(assessed.joined) : [],
  };
}

const unique = (texts: (string | null)[]) => [...new Set(texts.filter((text) => text !== null))];

const toTier = ({ tier, weight, rule, basis }: TierAnswer) => ({
  tier,
  tier_weight: weight,
  tier_rule: rule,
  tier_basis: basis.toUpperCase(),
});

type Proof = NonNullable<Assessed['record']['safePoint']>['proof'];

/** METHODS 3.4: what verified the point, and in which sense. */
const toProof = ({ kind, scope, trialId, at: verifiedAt, pointId, cleanBy }: Proof) => ({
  kind,
  trial_id: trialId,
  at: new Date(verifiedAt).toISOString(),
  reason: PROOF_REASONS[scope],
  scope,
  point_id: pointId,
  clean_by: cleanBy,
});

const PROOF_REASONS: Record<Proof['scope'], string> = {
  POINT: 'that point itself was used',
  CHAIN: 'a later point was used, which is rebuilt from this one',
  ASSUMED_NEWEST: 'the source does not say which point was used: the newest at that time is taken',
};

const newest = (replicas: readonly ReplicaState[]) =>
  replicas.reduce<Date | null>(
    (latest, { newestAt }) => (newestAt && (!latest || newestAt > latest) ? newestAt : latest),
    null,
  );

/** The places that hold a workload: repositories, then replicas. */
export function toLocationRows(
  { workload, record, replicas, joined }: Assessed,
  places: ReadonlyMap<string, Place>,
  now: number,
): Row<'recovery_location'>[] {
  const sides = joined?.sides ?? [];
  const otherReplicas = sides.flatMap(({ replicas: others, source }) =>
    others.map((replica) => ({
      ...toReplicaRow({ ...replica, workloadId: workload.workloadId }, record.target.rpoHours, now),
      other_source_id: source.sourceId,
    })),
  );
  return [
    ...record.points.locations.map((location) => {
      const otherSourceId = sourceOfPlace(sides, location.locationId) ?? null;
      const place = places.get(location.locationId ?? '');
      const held = workload.holdings.filter(({ repositoryId }) => repositoryId === location.locationId);
      return {
        workload_id: workload.workloadId,
        location_id: location.locationId ?? 'unknown',
        kind: 'REPOSITORY',
        name: place?.name ?? null,
        repository_type: place?.type ?? null,
        // Another source makes its points by itself.
        is_copy: otherSourceId ? false : held.length === 0 ? null : held.every(({ isCopy }) => isCopy),
        points: location.points,
        newest_point_id: location.newest?.pointId ?? null,
        newest_point_at: at(location.newest?.createdAt ?? null),
        oldest_point_at: at(location.oldestAt),
        age_hours: location.ageHours,
        status: location.status,
        malware_status: location.newest?.malwareStatus ?? null,
        ...toImmutable(immutabilityOf(location, places, now)),
        other_source_id: otherSourceId,
      };
    }),
    ...replicas.map((replica) => toReplicaRow(replica, record.target.rpoHours, now)),
    ...otherReplicas,
  ];
}

const toImmutable = ({ until, basis }: Immutability) => ({
  immutable_until: at(until),
  immutable_basis: basis,
});

/** Of the newest point there. */
export function immutabilityOf(
  { locationId, newest: point }: LocationPoints,
  places: ReadonlyMap<string, Place>,
  now: number,
): Immutability {
  const place = places.get(locationId ?? '');
  if (place?.vault !== undefined) return vaultImmutability(point, place.vault, now);
  return estimateImmutability(point, place?.immutableDays ?? null, now);
}

function toReplicaRow(replica: ReplicaState, rpoHours: number, now: number): Row<'recovery_location'> {
  const hours = replica.newestAt ? Math.max(0, now - replica.newestAt.getTime()) / 3_600_000 : null;
  return {
    workload_id: replica.workloadId,
    location_id: replica.replicaId,
    kind: 'REPLICA',
    name: replica.name,
    repository_type: replica.type,
    is_copy: false,
    points: replica.points,
    newest_point_id: replica.newestId,
    newest_point_at: replica.newestAt,
    oldest_point_at: replica.oldestAt,
    age_hours: hours,
    status: hours === null ? 'NEVER' : hours > rpoHours ? 'BREACHED' : 'MET',
    malware_status: replica.malwareStatus,
    immutable_until: null,
    immutable_basis: 'NONE',
    other_source_id: null,
  };
}

/** How many finishes of a mass restore are kept: the first, which are the most important ones. */
const KEPT_FINISHES = 100;

export function toMassRow(
  { scenario, machines, restore, bottleneck }: MassRestoreScenario,
  estate: RecoveryEstate,
) {
  const unknown = restore.unknownSizes.length;
  // Where no size is known there is nothing to reckon with; 0 minutes would say that they are back at once.
  const isKnown = machines === 0 || unknown < machines;
  return {
    scenario,
    machines,
    minutes: isKnown ? restore.makespanMinutes : null,
    bound_minutes: isKnown ? restore.boundMinutes : null,
    within_target: isWithinTarget(restore),
    bottleneck: bottleneck?.limit ?? null,
    detail: {
      late: restore.late,
      unknown_sizes: unknown,
      slots: estate.slots,
      gib_per_minute: estate.throughput.gibPerMinute,
      overhead_minutes: estate.throughput.overheadMinutes,
      bandwidth_gib_per_minute: estate.bandwidth.gibPerMinute,
      limit_minutes: restore.limitMinutes,
      share: bottleneck?.share ?? null,
      reliefs: bottleneck?.reliefs ?? [],
      finishes: restore.finishes.slice(0, KEPT_FINISHES).map((one) => ({
        workload_id: one.workloadId,
        start_minutes: one.startMinutes,
        finish_minutes: one.finishMinutes,
        is_late: one.isLate,
      })),
    },
  } satisfies Row<'mass_restore'>;
}

/** null: machines whose size is not known may be late, and nothing that is known is. */
function isWithinTarget({
  makespanMinutes,
  late,
  unknownSizes,
}: MassRestoreScenario['restore']): boolean | null {
  if (makespanMinutes === null) return null;
  if (late > 0) return false;
  return unknownSizes.length === 0 ? true : null;
}
