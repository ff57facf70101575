export type ComponentName = 'failure_rate' | 'trend' | 'pattern' | 'protected_objects' | 'repository';
export type Grade = 'A' | 'B' | 'C' | 'D' | 'F' | '?';
type RiskLevel = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | 'UNKNOWN';

/** A component of the score, 0 to 100, with its range. */
export interface ScoreComponent {
  value: number;
  low: number;
  high: number;
}

interface Contribution {
  component: ComponentName;
  weight: number;
  /** Null: not known. It then counts as 50 with the range 0 to 100. */
  value: number | null;
  low: number;
  high: number;
  /** Points lost; 100 minus the sum over all components is the score. */
  points: number;
}

export interface HealthScore {
  score: number;
  low: number;
  high: number;
  /** Share of the weights whose component is known. */
  coverage: number;
  grade: Grade;
  risk: RiskLevel;
  contributions: Contribution[];
  /** The grade would be better, but a job of the critical tier has no fresh restore point. */
  isCapped: boolean;
}

const COMPONENT_WEIGHTS: Readonly<Record<ComponentName, number>> = {
  failure_rate: 0.35,
  trend: 0.25,
  pattern: 0.2,
  protected_objects: 0.1,
  repository: 0.1,
};

const RISK_OF_GRADE: Readonly<Record<Grade, RiskLevel>> = {
  A: 'LOW',
  B: 'LOW',
  C: 'MEDIUM',
  D: 'HIGH',
  F: 'CRITICAL',
  '?': 'UNKNOWN',
};
const LEAST_COVERAGE = 0.6;

/**
 * Estate score (METHODS 3.1 R1.7): weighted sum of five components. An unknown component counts 50 with the range 0 to
 * 100, so ignorance widens the range and never raises the low end, from which the grade is taken (85/70/50/30). Below 60 %
 * coverage there is no grade. While a critical-tier job has no fresh restore point the grade is C at best.
 *
 * @param doesNotApply components that the source cannot have: neither good nor unknown, the others share their weight
 */
export function healthScore(
  components: Readonly<Record<ComponentName, ScoreComponent | null>>,
  hasUnprotectedCriticalJob = false,
  doesNotApply: readonly ComponentName[] = [],
): HealthScore {
  const names = (Object.keys(COMPONENT_WEIGHTS) as ComponentName[]).filter(
    (name) => !doesNotApply.includes(name),
  );
  const all = names.reduce((sum, name) => sum + COMPONENT_WEIGHTS[name], 0);
  const contributions = names.map((name) =>
    toContribution(
      name,
      components[name],
      doesNotApply.length > 0 ? COMPONENT_WEIGHTS[name] / all : COMPONENT_WEIGHTS[name],
    ),
  );
  const weigh = (pick: (item: Contribution) => number) =>
    contributions.reduce((total, item) => total + item.weight * pick(item), 0);
  const low = weigh((item) => item.low);
  const coverage = weigh((item) => (item.value === null ? 0 : 1));
  const uncapped = gradeOf(low, coverage);
  const isCapped = hasUnprotectedCriticalJob && (uncapped === 'A' || uncapped === 'B');
  const grade = isCapped ? 'C' : uncapped;
  const score = 100 - contributions.reduce((total, { points }) => total + points, 0);
  return {
    score: clip(score),
    low: Math.min(clip(low), clip(score)),
    high: Math.max(clip(weigh((item) => item.high)), clip(score)),
    coverage: Math.min(1, coverage),
    grade,
    risk: RISK_OF_GRADE[grade],
    contributions,
    isCapped,
  };
}

/** failure_rate = 100 · r with the interval of r; null without a finished run. */
export function failureRateComponent(rate: {
  rate: number | null;
  low: number;
  high: number;
}): ScoreComponent | null {
  return rate.rate === null ? null : { value: 100 * rate.rate, low: 100 * rate.low, high: 100 * rate.high };
}

/**
 * trend = 100 · r_recent + 200 · min(0, upper bound of the change): only a proven decline costs, and it costs twice.
 * Without a measurable change only the recent rate counts. Null without recent runs.
 */
export function trendComponent(
  recentRate: number | null,
  differenceHigh: number | null,
): ScoreComponent | null {
  if (recentRate === null) return null;
  return exactly(clip(100 * recentRate + 200 * Math.min(0, differenceHigh ?? 0)));
}

/**
 * pattern = 100 · (1 − the worse of: share of enabled jobs that fail in a row or are late; share of the runs of the last
 * 14 days lost in incidents). What is systemic counts, not whether failures are predictable. Null without enabled jobs.
 */
export function patternComponent(given: {
  enabledJobs: number;
  troubledJobs: number;
  recentRuns: number;
  runsLostInIncidents: number;
}): ScoreComponent | null {
  if (given.enabledJobs === 0) return null;
  const troubled = given.troubledJobs / given.enabledJobs;
  const lost = given.recentRuns > 0 ? given.runsLostInIncidents / given.recentRuns : 0;
  return exactly(clip(100 * (1 - Math.max(troubled, lost))));
}

/**
 * protected_objects = 100 · share of objects whose last run was fine and whose newest restore point is within the RPO.
 * `unknown` objects widen the range: at the low end all of them are bad, at the high end all are fine.
 */
export function protectedObjectsComponent(given: {
  protectedObjects: number;
  unprotectedObjects: number;
  unknownObjects: number;
}): ScoreComponent | null {
  const known = given.protectedObjects + given.unprotectedObjects;
  const all = known + given.unknownObjects;
  if (known === 0) return null;
  return {
    value: (100 * given.protectedObjects) / known,
    low: (100 * given.protectedObjects) / all,
    high: (100 * (given.protectedObjects + given.unknownObjects)) / all,
  };
}

export interface RepositoryCondition {
  usedBytes: number | null;
  isOnline: boolean | null;
  isOutOfDate: boolean | null;
  /** (capacity − free) / capacity; null for unlimited storage, which cannot be full. */
  usedShare: number | null;
}

/**
 * repository = 100 · share, weighted by used bytes, of repositories that are online, up to date and less than 95 % full.
 * A repository whose size is not known counts like the average one. Null without repositories or with no known state.
 */
export function repositoryComponent(repositories: readonly RepositoryCondition[]): ScoreComponent | null {
  const sizes = repositories
    .map(({ usedBytes }) => usedBytes)
    .filter((bytes) => bytes !== null && bytes > 0) as number[];
  const average = sizes.length > 0 ? sizes.reduce((a, b) => a + b, 0) / sizes.length : 1;
  let good = 0;
  let bad = 0;
  let unknown = 0;
  for (const repository of repositories) {
    const weight = repository.usedBytes ?? average;
    const state = conditionOf(repository);
    if (state === null) unknown += weight;
    else if (state) good += weight;
    else bad += weight;
  }
  const all = good + bad + unknown;
  if (good + bad <= 0) return all > 0 || repositories.length === 0 ? null : unweighted(repositories);
  return {
    value: (100 * good) / (good + bad),
    low: (100 * good) / all,
    high: (100 * (good + unknown)) / all,
  };
}

function conditionOf({ isOnline, isOutOfDate, usedShare }: RepositoryCondition): boolean | null {
  if (isOnline === false || isOutOfDate === true || (usedShare !== null && usedShare >= 0.95)) return false;
  return isOnline === null ? null : true;
}

/** All repositories are empty: then each counts the same. */
function unweighted(repositories: readonly RepositoryCondition[]): ScoreComponent | null {
  return repositoryComponent(repositories.map((repository) => ({ ...repository, usedBytes: 1 })));
}

function toContribution(
  component: ComponentName,
  given: ScoreComponent | null,
  weight: number,
): Contribution {
  if (given === null || !Number.isFinite(given.value)) {
    return { component, weight, value: null, low: 0, high: 100, points: weight * 50 };
  }
  const value = clip(given.value);
  const low = Math.min(value, clip(given.low));
  const high = Math.max(value, clip(given.high));
  return { component, weight, value, low, high, points: weight * (100 - value) };
}

function gradeOf(low: number, coverage: number): Grade {
  if (coverage < LEAST_COVERAGE - 1e-9) return '?';
  // Sums of weights such as 0.35 + 0.25 miss their exact value by a rounding error, which must not cost a grade.
  const atLeast = (limit: number) => low >= limit - 1e-9;
  if (atLeast(85)) return 'A';
  if (atLeast(70)) return 'B';
  if (atLeast(50)) return 'C';
  return atLeast(30) ? 'D' : 'F';
}

function exactly(value: number): ScoreComponent {
  return { value, low: value, high: value };
}

function clip(value: number): number {
  return Math.min(100, Math.max(0, value));
}
