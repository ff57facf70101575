import { staleAfterHours } from '../health/rhythm.ts';
import { type Estimate, type Hazard, type HazardName, PRIORS } from './hazard.ts';
import type { RiskFlag } from './priority.ts';

const INPUT_WORKERS = ['health', 'capacity', 'efficiency', 'rto'] as const;
export type InputWorker = (typeof INPUT_WORKERS)[number];

/** A worker that the risk rests on, for one source. */
export interface RiskInput {
  worker: InputWorker;
  sourceId: string;
  /** Hours between two runs by its schedule; null takes a day. */
  expectedHours: number | null;
  /** End of its last run that brought facts, epoch milliseconds; null: never. */
  lastSuccessAt: number | null;
  /** Share of what it should have read that it did read, 0 to 1; null: not said. */
  completeness: number | null;
  /** Endpoints that were forbidden or failed. */
  missing: readonly string[];
}

type InputStatus = 'FRESH' | 'STALE' | 'PARTIAL' | 'MISSING';

export interface InputState extends RiskInput {
  status: InputStatus;
  ageHours: number | null;
  /** Age from which it counts as stale. */
  staleAfterHours: number;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Workers that each hazard rests on. */
export const HAZARD_INPUTS: Readonly<Record<HazardName, readonly InputWorker[]>> = {
  gap: ['health'],
  capacity: ['capacity'],
  integrity: ['efficiency', 'health'],
  recover: ['rto'],
};

/** Age of an input against its schedule, and its completeness. Stale outranks partial. */
export function assessInput(input: RiskInput, now: number): InputState {
  // The same bound as that of the answers.
  const limit = staleAfterHours(input.expectedHours ?? DAY_HOURS);
  const shared = { ...input, staleAfterHours: limit };
  if (input.lastSuccessAt === null) return { ...shared, status: 'MISSING', ageHours: null };
  const ageHours = Math.max(0, (now - input.lastSuccessAt) / HOUR_MS);
  const isPartial = (input.completeness ?? 1) < 1 || input.missing.length > 0;
  const status = ageHours > limit ? 'STALE' : isPartial ? 'PARTIAL' : 'FRESH';
  return { ...shared, status, ageHours };
}

/**
 * A hazard by its evidence and by the inputs that the evidence came through. `at` computes it for a moment.
 *
 * While an input is stale nobody looks, so time says nothing good: the hazard is what it was at the last look and what it
 * has drifted to since, whichever is worse, and the range holds both. A partial input moves the range toward the prior by
 * the share that is missing (a tenth where that is not said). So q never falls and the range never narrows.
 */
export function underInputs(
  at: (moment: number) => Hazard,
  now: number,
  inputs: readonly InputState[],
): { hazard: Hazard; flags: RiskFlag[] } {
  let hazard = at(now);
  const flags: RiskFlag[] = [];
  const reasons: string[] = [];
  for (const input of inputs) {
    if (input.status === 'FRESH') continue;
    flags.push(FLAG_OF[input.status]);
    reasons.push(reasonOf(input));
    if (input.status === 'STALE' && input.lastSuccessAt !== null)
      hazard = spanning(hazard, at(Math.min(now, input.lastSuccessAt)));
    if (input.status === 'MISSING') hazard = spanning(hazard, { ...hazard, ...PRIORS[hazard.hazard] });
    // A stale input may have been partial as well.
    if (input.status !== 'MISSING') hazard = partly(hazard, 1 - completenessOf(input));
  }
  if (reasons.length === 0) return { hazard, flags };
  return { hazard: { ...hazard, reasons: [...hazard.reasons, ...reasons] }, flags };
}

/** State of every worker that risk rests on; one that is not among the inputs has never brought anything. */
export function assessInputs(inputs: readonly RiskInput[], sourceId: string, now: number): InputState[] {
  return INPUT_WORKERS.map((worker) => {
    const input = inputs.find((candidate) => candidate.worker === worker && candidate.sourceId === sourceId);
    const unheard = {
      worker,
      sourceId,
      expectedHours: null,
      lastSuccessAt: null,
      completeness: null,
      missing: [],
    };
    return assessInput(input ?? unheard, now);
  });
}

const FLAG_OF: Readonly<Record<Exclude<InputStatus, 'FRESH'>, RiskFlag>> = {
  STALE: 'STALE_INPUT',
  PARTIAL: 'PARTIAL_INPUT',
  MISSING: 'MISSING_INPUT',
};

function spanning(now: Hazard, then: Estimate): Hazard {
  return {
    ...now,
    q: Math.max(now.q, then.q),
    low: Math.min(now.low, then.low),
    high: Math.max(now.high, then.high),
  };
}

function partly(hazard: Hazard, missing: number): Hazard {
  if (missing <= 0) return hazard;
  const prior = PRIORS[hazard.hazard];
  const toward = (from: number, to: number) => from + (to - from) * missing;
  return {
    ...hazard,
    q: Math.max(hazard.q, toward(hazard.q, prior.q)),
    low: Math.min(hazard.low, toward(hazard.low, prior.low)),
    high: Math.max(hazard.high, toward(hazard.high, prior.high)),
  };
}

function completenessOf({ completeness, missing }: InputState): number {
  const share = Math.min(1, Math.max(0, completeness ?? 1));
  return missing.length > 0 ? Math.min(share, 0.9) : share;
}

function reasonOf({ worker, status, ageHours, completeness }: InputState): string {
  if (status === 'MISSING') return `the ${worker} worker has never brought facts`;
  if (status === 'STALE')
    return `the ${worker} worker last brought facts ${Math.round(ageHours ?? 0)} hours ago`;
  const share = completeness === null ? 'not all' : `${Math.floor(completeness * 100)} %`;
  return `the ${worker} worker read ${share} of what there is`;
}
