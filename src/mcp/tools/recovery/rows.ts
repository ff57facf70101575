import type { Recovery } from '../../../queries/recovery.ts';
import { arrayOf, numberOf, objectOf, textOf } from '../../json.ts';
import { isoSeconds, round } from '../../markdown.ts';
import { cleanOrNull, cleanText } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import type { OtherProtectionAnswer, WorkloadRow } from './shape.ts';

/** Minutes and hours: two digits are more than anybody knows. */
export const time = (value: number | null) => round(value, 1);
/** Probabilities and shares. */
export const share = (value: number | null) => round(value, 3);

/** What a run concluded of a workload as a row of the answer. */
export function toWorkloadRow(recovery: Recovery, isDetailed: boolean): WorkloadRow {
  return {
    ...toRow(recovery),
    ...(isHiddenBreach(recovery) ? { hidden_by_job: cleanOrNull(recovery.hiddenByJob) } : {}),
    ...(isDetailed
      ? {
          detail: {
            size_bytes: recovery.sizeBytes,
            platform: cleanOrNull(recovery.platform, 60),
            tier_basis: recovery.tierBasis,
            verifications: recovery.verifications,
            verifications_ok: recovery.okVerifications,
            newest_point_at: isoSeconds(recovery.newestPointAt),
            breached_share_30_days: share(recovery.rpoBreachedShare),
            immutable_until_estimated: isoSeconds(recovery.immutableUntil),
            reasons: toReasons(recovery),
          },
        }
      : {}),
  };
}

/** The part of a row that the card has too. */
export function toRow(recovery: Recovery): Omit<WorkloadRow, 'hidden_by_job' | 'detail'> {
  return {
    source_id: recovery.sourceId,
    workload_id: cleanText(recovery.workloadId, 100),
    workload_name: cleanText(recovery.name),
    job_name: cleanOrNull(recovery.jobNames[0]),
    tier: recovery.tier,
    sla_status: recovery.slaStatus,
    p_in_time: { mean: share(recovery.pMean), low: share(recovery.pLow), high: share(recovery.pHigh) },
    basis: recovery.basis,
    rto_target_minutes: recovery.rtoMinutes,
    rto_target_basis: recovery.rtoBasis,
    q50_minutes: time(recovery.q50),
    q90_minutes: time(recovery.q90),
    q90_status: quantileStatus(recovery),
    quantile_basis: recovery.quantileBasis,
    recency: recovery.recency,
    last_test_at: isoSeconds(recovery.lastTestAt),
    restores: recovery.trials,
    restores_ok: recovery.okTrials,
    surebackup_available: recovery.verifications > 0,
    rpo_status: recovery.rpoStatus,
    rpo_age_hours: time(recovery.rpoAgeHours),
    rpo_target_hours: recovery.rpoHours,
    rpo_target_basis: recovery.rpoBasis,
    last_safe_at: isoSeconds(recovery.safeAt),
    last_safe_proof:
      recovery.safeAt === null ? null : cleanOrNull(textOf(objectOf(recovery.safeProof).scope), 40),
    grade: recovery.grade,
    confidence_score: time(recovery.score),
    ...inOthers(recovery),
  };
}

function inOthers(recovery: Recovery): Pick<WorkloadRow, 'other_sources' | 'listed_with'> {
  const others = new Set(toProtections(recovery).map(({ source_id }) => source_id));
  return {
    ...(others.size > 0 ? { other_sources: [...others].slice(0, MOST_OTHERS) } : {}),
    ...(recovery.homeSourceId === null ? {} : { listed_with: recovery.homeSourceId }),
  };
}

/** More sources than anybody protects a machine with. */
const MOST_OTHERS = 5;

/** The other protections of a machine as its run found them. */
export function toProtections({ protections }: Pick<Recovery, 'protections'>): OtherProtectionAnswer[] {
  return arrayOf(protections).flatMap((item) => {
    const one = objectOf(item);
    const [source, workload] = [textOf(one.source_id), textOf(one.workload_id)];
    if (source === null || workload === null) return [];
    return [
      {
        source_id: source,
        workload_id: cleanText(workload, 120),
        workload_name: cleanText(textOf(one.name) ?? ''),
        basis: cleanText(textOf(one.basis) ?? 'UNKNOWN', 40),
        probability: share(numberOf(one.probability)),
        rpo_status: cleanText(textOf(one.rpo_status) ?? 'UNKNOWN', 40),
        newest_point_at: toMoment(textOf(one.newest_point_at)),
        age_hours: time(numberOf(one.rpo_age_hours)),
        stale: one.is_stale === true,
      },
    ];
  });
}

const toMoment = (text: string | null) => (text === null ? null : isoSeconds(new Date(text)));

const FROM_TRIALS = ['OWN', 'GROUP', 'FLEET'];

/** REACHED, NOT_REACHED (too few of the trials came back), or NOT_KNOWN (there are too few trials to have one). */
function quantileStatus({
  q90,
  quantileBasis,
  reasons,
}: Pick<Recovery, 'q90' | 'quantileBasis' | 'reasons'>): string {
  if (q90 !== null) return 'REACHED';
  if (reasons.some((one) => /rough estimate/.test(one))) return 'NOT_KNOWN';
  const fromTrials = FROM_TRIALS.includes(quantileBasis) || reasons.some((one) => /not reached/.test(one));
  return fromTrials ? 'NOT_REACHED' : 'NOT_KNOWN';
}

export function isHiddenBreach({ hiddenByJob, rpoStatus }: Recovery): boolean {
  return hiddenByJob !== null && (rpoStatus === 'BREACHED' || rpoStatus === 'NEVER');
}

export const toReasons = ({ sourceId, reasons }: Recovery) =>
  reasons.slice(0, 12).map((reason) => inWordsOf(sourceId, cleanText(reason, 160)));

/** What the engine says of all sources alike, where a vault has nothing of the kind. */
const OF_VAULTS: ReadonlyMap<string, string> = new Map([
  ['no restore, SureBackup or content scan of it has succeeded', 'no restore of it has succeeded'],
  ['the source calls none of its points clean', 'Azure Backup says of no point whether it is clean'],
]);

/** A reason in words that fit its source. */
export const inWordsOf = (sourceId: string, reason: string): string =>
  isVault(sourceId) ? (OF_VAULTS.get(reason) ?? reason) : reason;
