import type { Recovery } from '../../../queries/recovery.ts';
import type { KnownPoint } from '../../../queries/recovery-facts.ts';
import { numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { sizeText } from '../capacity/sizes.ts';
import { toBenefit } from './list-rows.ts';
import { inWordsOf, isHiddenBreach, share, time, toProtections, toReasons, toRow } from './rows.ts';
import type { PointAnswer, WorkloadCard } from './shape.ts';

/** Everything that the run concluded about one workload; ages count to `concludedAt`, by the clock of the source. */
export function toCard(recovery: Recovery, points: KnownPoint[], concludedAt: Date | null): WorkloadCard {
  const row = toRow(recovery);
  const others = toProtections(recovery).slice(0, MOST_PROTECTIONS);
  return {
    ...row,
    ...(isHiddenBreach(recovery) ? { hidden_by_job: cleanOrNull(recovery.hiddenByJob) } : {}),
    platform: cleanOrNull(recovery.platform, 60),
    size_bytes: recovery.sizeBytes,
    size_display: recovery.sizeBytes === null ? null : sizeText(recovery.sizeBytes),
    tier_basis: recovery.tierBasis,
    tier_rule: cleanOrNull(recovery.tierRule, 100),
    job_names: recovery.jobNames.slice(0, 8).map((name) => cleanText(name)),
    predicted_rto_min: row.q90_minutes,
    restore_in_words: inWords(row, recovery),
    q50_range_95: { low: time(recovery.q50Low), high: time(recovery.q50High) },
    q90_range_95: { low: time(recovery.q90Low), high: time(recovery.q90High) },
    max_guarantee: share(recovery.maxGuarantee),
    overhead_minutes: time(recovery.overheadMinutes),
    gib_per_minute: share(recovery.gibPerMinute),
    rate_basis: recovery.rateBasis,
    restores_failed: recovery.failedTrials,
    verifications: recovery.verifications,
    verifications_ok: recovery.okVerifications,
    last_test_class: recovery.lastTestClass,
    last_failure_at: isoSeconds(recovery.lastFailureAt),
    last_failure_reason: cleanOrNull(recovery.lastFailureReason),
    restore_points: recovery.restorePoints,
    points: toPoints(recovery, points, concludedAt),
    breached_share_30_days: share(recovery.rpoBreachedShare),
    immutable_until_estimated: isoSeconds(recovery.immutableUntil),
    immutable_basis: recovery.immutableBasis,
    replicas: recovery.replicas,
    newest_replica_at: isoSeconds(recovery.newestReplicaAt),
    confidence_range: { low: time(recovery.scoreLow), high: time(recovery.scoreHigh) },
    components: toComponents(recovery.components),
    next_test:
      recovery.testRank === null ? null : { rank: recovery.testRank, ...toBenefit(benefitOf(recovery)) },
    reasons: toReasons(recovery),
    run_id: recovery.runId,
    ...(others.length > 0 ? { other_protections: others } : {}),
  };
}

/** More than anybody has of one machine. */
const MOST_PROTECTIONS = 5;

const benefitOf = ({ testBenefit: benefit, pMean, tierWeight }: Recovery) => ({ benefit, pMean, tierWeight });

/** How long a restore takes, with what is not reached or not known said as such. */
function inWords(
  {
    q50_minutes: q50,
    q90_minutes: q90,
    q90_status,
  }: Pick<WorkloadCard, 'q50_minutes' | 'q90_minutes' | 'q90_status'>,
  { quantileBasis }: Recovery,
): string {
  const from = FROM[quantileBasis] ?? 'on an unknown basis';
  if (q50 === null && q90_status === 'NOT_REACHED')
    return 'Not even half of the trials that speak for it came back, so there is no restore time.';
  if (q50 === null) return 'How long a restore takes is not known.';
  const half = `Half of the restores are back within ${q50} minutes`;
  if (q90 !== null) return `${half}, nine of ten within ${q90} (${from}).`;
  return q90_status === 'NOT_REACHED'
    ? `${half} (${from}); when nine of ten are back is NOT_REACHED: too few of the trials came back to say.`
    : `${half} (${from}); when nine of ten are back is not known: there are too few timed trials.`;
}

const FROM: Record<string, string> = {
  OWN: 'from its own trials',
  GROUP: 'from trials of other machines in the same repositories',
  FLEET: 'from trials of other machines of the server',
  EXTRAPOLATED: 'worked out from the speed of other restores',
  ASSUMED: 'assumed speed: no restore says',
  NONE: 'nothing says',
};

function toPoints(recovery: Recovery, known: KnownPoint[], concludedAt: Date | null): WorkloadCard['points'] {
  const point = (id: string | null, at: Date | null): PointAnswer | null => {
    if (id === null) return null;
    const found = known.find(({ pointId }) => pointId === id);
    const hours = at && concludedAt ? (concludedAt.getTime() - at.getTime()) / 3_600_000 : null;
    return {
      point_id: cleanText(id, 100),
      created_at: isoSeconds(at),
      age_hours: time(hours === null ? null : Math.max(0, hours)),
      malware_status: cleanOrNull(found?.malwareStatus, 40),
      backup_name: cleanOrNull(found?.backupName),
      repository_name: cleanOrNull(found?.repositoryName),
    };
  };
  const safe = point(recovery.safePointId, recovery.safeAt);
  return {
    safe: safe && { ...safe, proof: toProof(recovery.safeProof) },
    why_not_safe: safe ? null : whyNotSafe(recovery),
    newest_clean: point(recovery.cleanPointId, recovery.cleanAt),
    newest: point(recovery.newestPointId, recovery.newestPointAt),
  };
}

function toProof(stored: unknown): NonNullable<WorkloadCard['points']['safe']>['proof'] {
  const proof = objectOf(stored);
  const text = (value: unknown) => cleanOrNull(textOf(value), 200);
  return {
    kind: text(proof.kind),
    verified_at: text(proof.at),
    trial_id: text(proof.trial_id),
    used_point_id: text(proof.point_id),
    scope: text(proof.scope),
    reason: text(proof.reason),
    clean_by: text(proof.clean_by),
  };
}

/** What the engine gives as the reason that no point is safe, among the other reasons. */
const WHY_NOT_SAFE = [
  'no restore point is known',
  'no restore, SureBackup or content scan of it has succeeded',
  'the source calls none of its points clean',
  'no point that was verified is still there, clean and unrevoked',
];

function whyNotSafe({ sourceId, reasons }: Recovery): string | null {
  const why = WHY_NOT_SAFE.find((one) => reasons.includes(one));
  return why === undefined ? null : inWordsOf(sourceId, why);
}

function toComponents(stored: unknown): WorkloadCard['components'] {
  return Object.fromEntries(
    Object.entries(objectOf(stored))
      .slice(0, 8)
      .map(([name, part]) => {
        const { weight, value, low, high } = objectOf(part);
        return [
          cleanText(name, 40),
          {
            weight: numberOf(weight) ?? 0,
            value: time(numberOf(value)),
            low: time(numberOf(low)),
            high: time(numberOf(high)),
          },
        ];
      }),
  );
}
