import {
  agedBasis,
  ageOf,
  atLeast,
  drift,
  type Estimate,
  type EvidenceRef,
  type Hazard,
  ordered,
  PRIORS,
  unknownHazard,
} from './hazard.ts';
import { joinSignals, type Signal, signalReasons } from './signals.ts';

/** What the newest restore point is said to be. UNKNOWN counts as not checked. */
export type PointStatus = 'CLEAN' | 'SUSPICIOUS' | 'INFECTED' | 'CORRUPTED' | 'UNKNOWN';

export interface IntegrityEvidence {
  /** Whether sizes and reduction were judged: there was enough history, and it was read. */
  isDataJudged: boolean;
  /** Whether malware events or the verdict on the newest point could be read. */
  isMalwareJudged: boolean;
  newestPointStatus: PointStatus;
  /** Open anomalies and events: closed ones and false positives are not given. */
  signals: readonly Signal[];
  /** When it was last looked, epoch milliseconds. */
  asOf: number | null;
  /** The source looks into no backup, so that nobody could have judged more. */
  isUntellable?: boolean;
  refs: readonly EvidenceRef[];
}

const UNTELLABLE = 'its source does not say whether a backup is damaged or infected';
const CLEAN: Estimate = { q: 0.02, low: 0.01, high: 0.05 };

/**
 * Probability that the backup is unusable or poisoned (METHODS 3.5, hazard integrity): 0.02 if both the data and malware
 * were judged and nothing was found, halfway to the prior if only one of them was, and what the signals say if there are any.
 * `around` are signals of the repository or of the estate, which concern the workload as well.
 */
export function integrityHazard(
  evidence: IntegrityEvidence | null,
  now: number,
  around: readonly Signal[] = [],
): Hazard {
  const signals = [...(evidence?.signals ?? []), ...around, ...statusSignal(evidence)];
  const checks = evidence ? Number(evidence.isDataJudged) + Number(evidence.isMalwareJudged) : 0;
  const suspected = joinSignals(signals);
  const asOf = evidence?.asOf ?? newest(signals);
  const untellable = evidence?.isUntellable && suspected === null ? { isUntellable: true } : {};
  if (asOf === null || (checks === 0 && suspected === null))
    return {
      ...unknownHazard(
        'integrity',
        evidence?.isUntellable ? UNTELLABLE : 'neither data nor malware were judged',
      ),
      ...untellable,
      evidence: evidence?.refs ?? [],
    };
  const looked = drift(CLEAN, PRIORS.integrity, checks / 2);
  const { ageDays, weight } = ageOf('integrity', asOf, now);
  const measured = suspected ? atLeast(suspected, looked) : looked;
  return {
    hazard: 'integrity',
    ...ordered(drift(measured, PRIORS.integrity, weight)),
    basis: suspected || checks === 2 ? agedBasis('measured', weight) : 'assumed',
    asOf,
    ageDays,
    reasons: [...signalReasons(signals), ...gapsOf(evidence)],
    evidence: [...(evidence?.refs ?? []), ...signals.map(({ ref }) => ref)],
    ...untellable,
    isHappening: signals.some(({ kind }) => kind === 'MALWARE_INFECTED' || kind === 'POINT_CORRUPTED'),
  };
}

function statusSignal(evidence: IntegrityEvidence | null): Signal[] {
  const kind = evidence ? SIGNAL_OF_STATUS[evidence.newestPointStatus] : null;
  const ref = evidence?.refs[0];
  return kind && ref ? [{ kind, scope: 'workload', at: evidence?.asOf ?? 0, ref }] : [];
}

const SIGNAL_OF_STATUS: Readonly<Record<PointStatus, Signal['kind'] | null>> = {
  CLEAN: null,
  UNKNOWN: null,
  SUSPICIOUS: 'MALWARE_SUSPICIOUS',
  INFECTED: 'MALWARE_INFECTED',
  CORRUPTED: 'POINT_CORRUPTED',
};

function newest(signals: readonly Signal[]): number | null {
  return signals.length === 0 ? null : Math.max(...signals.map(({ at }) => at));
}

function gapsOf(evidence: IntegrityEvidence | null): string[] {
  const reasons: string[] = [];
  if (!evidence?.isDataJudged) reasons.push('its data were not judged');
  if (!evidence?.isMalwareJudged) reasons.push('malware was not looked for, or could not be read');
  return reasons;
}
