import type { Probability } from './probability.ts';

type ScoreComponentName = 'success' | 'recency' | 'predictability' | 'sla' | 'coverage';
export type Grade = 'A' | 'B' | 'C' | 'D' | 'F';

/** Points from 0 to 100. */
interface ScoreComponent {
  name: ScoreComponentName;
  weight: number;
  value: number;
  low: number;
  high: number;
}

export interface RecoveryScore {
  value: number;
  low: number;
  high: number;
  /** By the low end, so that what is not known costs. */
  grade: Grade;
  components: ScoreComponent[];
}

export interface ScoreInput {
  /** Coming back at all, in whatever time. */
  success: Probability;
  /** Coming back within the target. */
  inTime: Probability;
  /** Days since the last finished test; null: never. */
  testAgeDays: number | null;
  q50: number | null;
  q90: number | null;
  /** Share tested in the last 90 days; of one workload 0 or 1. */
  coverage: number | null;
}

const WEIGHTS: Readonly<Record<ScoreComponentName, number>> = {
  success: 0.3,
  recency: 0.25,
  predictability: 0.2,
  sla: 0.15,
  coverage: 0.1,
};

/**
 * Score of recoverability (METHODS 3.4, "Score"): success 100·p10, recency, predictability 100·(1 − (Q90/Q50 − 1)/2), target
 * 100·P, coverage 100·share, weighted .30/.25/.20/.15/.10. What is not known is 50 with the range 0 to 100.
 */
export function recoveryScore(input: ScoreInput): RecoveryScore {
  const { success, inTime } = input;
  const recency = recencyPoints(input.testAgeDays);
  const components = [
    component('success', 100 * success.low, 100 * success.low, 100 * success.high),
    component('recency', recency, recency, recency),
    known('predictability', predictabilityPoints(input.q50, input.q90)),
    component('sla', 100 * inTime.mean, 100 * inTime.low, 100 * inTime.high),
    known('coverage', input.coverage === null ? null : 100 * input.coverage),
  ];
  const sum = (pick: (part: ScoreComponent) => number) =>
    components.reduce((total, part) => total + part.weight * pick(part), 0);
  const low = sum((part) => part.low);
  const value = sum((part) => part.value);
  return { value, low, high: sum((part) => part.high), grade: gradeOf(low), components };
}

/** Points by the age of the last test: 100 to a week, 85 at 30 days, 60 at 60, 30 at 90, then half a point a day; 0 if never. */
export function recencyPoints(days: number | null): number {
  if (days === null) return 0;
  if (days <= 7) return 100;
  if (days <= 30) return 85 + (15 * (30 - days)) / 23;
  if (days <= 60) return 60 + (25 * (60 - days)) / 30;
  if (days <= 90) return 30 + (30 * (90 - days)) / 30;
  return Math.max(0, 30 - 0.5 * (days - 90));
}

export function gradeOf(points: number): Grade {
  if (points >= 90) return 'A';
  if (points >= 80) return 'B';
  if (points >= 70) return 'C';
  return points >= 60 ? 'D' : 'F';
}

function predictabilityPoints(q50: number | null, q90: number | null): number | null {
  if (q50 === null || q90 === null || !(q50 > 0)) return null;
  return 100 * Math.min(1, Math.max(0, 1 - (q90 / q50 - 1) / 2));
}

function known(name: ScoreComponentName, points: number | null): ScoreComponent {
  return points === null ? component(name, 50, 0, 100) : component(name, points, points, points);
}

function component(name: ScoreComponentName, value: number, low: number, high: number): ScoreComponent {
  return { name, weight: WEIGHTS[name], value, low, high };
}
