import { median } from 'simple-statistics';
import { theilSen } from '../statistics/theil-sen.ts';
import type { AssessedTrial } from './trial.ts';

/** A completed restore: GiB brought back and minutes it took. */
export interface SizedDuration {
  gib: number;
  minutes: number;
}

export interface ThroughputLine {
  minutesPerGib: number;
  /** Sen's 95 % interval of `minutesPerGib`. */
  low: number;
  high: number;
  overheadMinutes: number;
  n: number;
}

/** GROUP: restores of the same class from the same repository. */
type ThroughputBasis = 'OWN' | 'GROUP' | 'FLEET' | 'ASSUMED';

/** How long a restore takes by its size: overheadMinutes + GiB / gibPerMinute. */
export interface Throughput {
  overheadMinutes: number;
  gibPerMinute: number;
  /** 95 % range; null where assumed, `high` also where the sizes explain nothing. */
  lowGibPerMinute: number | null;
  highGibPerMinute: number | null;
  basis: ThroughputBasis;
  n: number;
  /** The median of too few restores, or of restores of one size, for a line: better than a default and no more. */
  isRough?: true;
}

export interface ThroughputDefaults {
  overheadMinutes: number;
  gibPerMinute: number;
}

/** METHODS 3.4 R4.1, until an estate has restores of its own. */
export const THROUGHPUT_DEFAULTS: ThroughputDefaults = { overheadMinutes: 5, gibPerMinute: 1.5 };

export const GIB = 2 ** 30;
const FEWEST = 5;
const LEAST_SIZE_RATIO = 2;
/** All pairs are formed; the newest few hundred say what the estate does today. */
const MOST = 300;

/** The line through completed restores, wherever it can be drawn; null with a single size or where larger is not slower. */
export function throughputLine(restores: readonly SizedDuration[]): ThroughputLine | null {
  const fit = theilSen(restores.map(({ gib, minutes }) => ({ x: gib, y: minutes })));
  if (fit.slope === null || !(fit.slope > 0)) return null;
  return {
    minutesPerGib: fit.slope,
    low: fit.low ?? fit.slope,
    high: fit.high ?? fit.slope,
    overheadMinutes: Math.max(0, fit.level ?? 0),
    n: restores.length,
  };
}

/**
 * Restore speed for a machine (METHODS 3.4 R4.1): Theil–Sen line of size and minutes over its own completed restores, else
 * over those of the same class and repository (first repository that has a line), else over all. A level needs 5 restores
 * whose largest is twice the smallest, and a line that rises: else size explains nothing there. Where no level has a line the
 * median rate of the same levels in turn, with a wide range; the defaults only where nothing was restored.
 */
export interface ThroughputModels {
  forWorkload(workloadId: string, repositoryIds: readonly string[]): Throughput;
  fleet: Throughput;
}

/** Lines of every level, drawn once. `trials` are those of one estate; only completed restores of known size count. */
export function throughputModels(
  trials: readonly AssessedTrial[],
  defaults: ThroughputDefaults = THROUGHPUT_DEFAULTS,
): ThroughputModels {
  const byWorkload = new Map<string, SizedDuration[]>();
  const byGroup = new Map<string, SizedDuration[]>();
  const all: SizedDuration[] = [];
  for (const assessed of trials.toSorted((a, b) => b.finishedAt - a.finishedAt)) {
    const sized = sizedDuration(assessed);
    if (sized === null) continue;
    const { workloadId, repositoryId, class: trialClass } = assessed.trial;
    all.push(sized);
    if (workloadId !== null) push(byWorkload, workloadId, sized);
    // Machines, their disks and their volumes travel alike, but only whole machines speak for whole machines here.
    if (repositoryId !== null && trialClass === 'FULL_VM') push(byGroup, repositoryId, sized);
  }
  const ofAll = toThroughput(all, 'FLEET');
  const own = lines(byWorkload, 'OWN');
  const group = lines(byGroup, 'GROUP');
  const rough = (restores: readonly SizedDuration[] | undefined, basis: ThroughputBasis) =>
    ofAll === null ? roughThroughput(restores ?? [], basis, defaults) : null;
  const assumed: Throughput = {
    ...defaults,
    lowGibPerMinute: null,
    highGibPerMinute: null,
    basis: 'ASSUMED',
    n: 0,
  };
  const fleet = ofAll ?? rough(all, 'FLEET') ?? assumed;
  return {
    fleet,
    forWorkload: (workloadId, repositoryIds) => {
      const repositoryId = repositoryIds.find((id) => group.has(id));
      const ofGroup = repositoryId === undefined ? undefined : group.get(repositoryId);
      const nearby = repositoryIds.find((id) => byGroup.has(id)) ?? '';
      return (
        own.get(workloadId) ??
        ofGroup ??
        rough(byWorkload.get(workloadId), 'OWN') ??
        rough(byGroup.get(nearby), 'GROUP') ??
        fleet
      );
    },
  };
}

/** Size and time of a restore that came to its end; null for any other trial, or where the size is not known. */
export function sizedDuration({
  trial,
  method,
  minutes,
  isReached,
  excluded,
}: AssessedTrial): SizedDuration | null {
  if (excluded !== null || method !== 'RESTORE' || !isReached || minutes === null) return null;
  if (trial.sizeBytes === null || !(trial.sizeBytes > 0)) return null;
  return { gib: trial.sizeBytes / GIB, minutes };
}

/** Minutes that a restore of this size should take. */
export function expectedMinutes(gib: number, { overheadMinutes, gibPerMinute }: Throughput): number {
  return overheadMinutes + gib / gibPerMinute;
}

function lines(
  groups: ReadonlyMap<string, SizedDuration[]>,
  basis: ThroughputBasis,
): Map<string, Throughput> {
  const found = new Map<string, Throughput>();
  for (const [key, restores] of groups) {
    const throughput = toThroughput(restores, basis);
    if (throughput !== null) found.set(key, throughput);
  }
  return found;
}

function toThroughput(restores: readonly SizedDuration[], basis: ThroughputBasis): Throughput | null {
  const newest = restores.slice(0, MOST);
  if (newest.length < FEWEST) return null;
  const sizes = newest.map(({ gib }) => gib);
  if (Math.max(...sizes) < LEAST_SIZE_RATIO * Math.min(...sizes)) return null;
  const line = throughputLine(newest);
  if (line === null) return null;
  return {
    overheadMinutes: line.overheadMinutes,
    gibPerMinute: 1 / line.minutesPerGib,
    lowGibPerMinute: 1 / line.high,
    highGibPerMinute: line.low > 0 ? 1 / line.low : null,
    basis,
    n: line.n,
  };
}

/** How far a median of few may be off, besides what they show themselves. */
const ROUGH_FACTOR = 2;

/** Median GiB per minute after the default overhead, or after half of the time of a shorter restore; null without any. */
function roughThroughput(
  restores: readonly SizedDuration[],
  basis: ThroughputBasis,
  { overheadMinutes }: ThroughputDefaults,
): Throughput | null {
  const rates = restores
    .slice(0, MOST)
    .filter(({ minutes }) => minutes > 0)
    .map(({ gib, minutes }) => gib / (minutes - Math.min(overheadMinutes, minutes / 2)));
  if (rates.length === 0) return null;
  return {
    overheadMinutes,
    gibPerMinute: median(rates),
    lowGibPerMinute: Math.min(...rates) / ROUGH_FACTOR,
    highGibPerMinute: Math.max(...rates) * ROUGH_FACTOR,
    basis,
    n: rates.length,
    isRough: true,
  };
}

function push(map: Map<string, SizedDuration[]>, key: string, value: SizedDuration): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
