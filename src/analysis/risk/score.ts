import { HAZARDS, type Hazard, type HazardName } from './hazard.ts';

export type Severities = Readonly<Record<HazardName, number>>;

/** Share of the worst case that a hazard costs when it happens (METHODS 3.5). */
export const SEVERITIES: Severities = { gap: 0.6, capacity: 0.5, integrity: 0.4, recover: 0.8 };

export interface Contribution extends Hazard {
  /** Points of the score that this hazard accounts for; all of them add up to it. */
  points: number;
}

export interface Score {
  /** 0 to 100. */
  score: number;
  /** With the lower ends of all hazards, and with the upper ends. */
  scoreLow: number;
  scoreHigh: number;
  /** In the order gap, capacity, integrity, recover. */
  contributions: Contribution[];
  /** Points that rest on an assumption or on nothing. */
  assumptionPoints: number;
  /** Severity-weighted share of hazards that were measured, or cannot happen, 0 to 1; 0 without hazards. */
  coverage: number;
}

/** Certain harm would make the sum infinite. */
const MOST_HARM = 0.999;

/**
 * Hazards as independent risks (METHODS 3.5): λ = −ln(1 − s·q), Λ = Σλ, score = 100·(1 − e^(−Λ)). A hazard contributes
 * score · λ/Λ points, so that the contributions add up exactly. Nothing is multiplied by confidence: what is not known
 * counts with its prior, in full. `impossible`: hazards that do not exist for the item, which is as good as measured.
 */
export function scoreOf(
  hazards: readonly Hazard[],
  severities: Severities = SEVERITIES,
  impossible: readonly HazardName[] = [],
): Score {
  const sorted = hazards.toSorted((a, b) => HAZARDS.indexOf(a.hazard) - HAZARDS.indexOf(b.hazard));
  const rates = sorted.map(({ hazard, q }) => harmRate(severities[hazard] * q));
  const total = sum(rates);
  const score = scoreOfRate(total);
  const contributions = sorted.map((hazard, index) => ({
    ...hazard,
    points: total > 0 ? score * ((rates[index] as number) / total) : 0,
  }));
  return {
    score,
    scoreLow: scoreOfRate(sum(sorted.map(({ hazard, low }) => harmRate(severities[hazard] * low)))),
    scoreHigh: scoreOfRate(sum(sorted.map(({ hazard, high }) => harmRate(severities[hazard] * high)))),
    contributions,
    assumptionPoints: sum(contributions.filter(isAssumed).map(({ points }) => points)),
    coverage: coverageOf(sorted, severities, impossible),
  };
}

/**
 * Severity of a cause that many share: 1 − (1 − s)^(1 + log10 n). One job: s itself; ten: as if it struck twice. Without
 * it a full repository under 200 jobs would rank below one untested machine.
 */
export function sharedSeverity(severity: number, affected: number): number {
  return 1 - (1 - severity) ** (1 + Math.log10(Math.max(1, affected)));
}

function harmRate(expectedHarm: number): number {
  return -Math.log1p(-Math.min(MOST_HARM, Math.max(0, expectedHarm)));
}

function scoreOfRate(rate: number): number {
  return -100 * Math.expm1(-rate);
}

function isAssumed({ basis }: Hazard): boolean {
  return basis === 'assumed' || basis === 'none';
}

/** What no source of the kind can tell is not what was left unmeasured. */
function coverageOf(
  hazards: readonly Hazard[],
  severities: Severities,
  impossible: readonly HazardName[],
): number {
  const tellable = hazards.filter(({ isUntellable, basis }) => !isUntellable || basis === 'measured');
  const weigh = (names: readonly HazardName[]) => sum(names.map((hazard) => severities[hazard]));
  const namesOf = (some: readonly Hazard[]) => some.map(({ hazard }) => hazard);
  if (tellable.length === 0) return 0;
  const settled = weigh(impossible.filter((name) => !namesOf(tellable).includes(name)));
  const all = weigh(namesOf(tellable)) + settled;
  const measured = weigh(namesOf(tellable.filter(({ basis }) => basis === 'measured'))) + settled;
  return all > 0 ? measured / all : 0;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
