import { median } from 'simple-statistics';
import { seriesKey } from './efficiency-files.ts';
import type { ScoredFile } from './efficiency-scores.ts';
import { dayNumberToText, toZonedTime } from './zoned-time.ts';

/** A night on which the volume of many machines rose at their normal reduction: patches, a month's end, a new agent. */
export interface FleetEvent {
  kind: 'FLEET_SURGE';
  /** Local day on which the night began, `YYYY-MM-DD`; nights last from noon to noon. */
  day: string;
  /** Epoch milliseconds of the first and last file in it. */
  from: number;
  to: number;
  /** Machines above what they usually change, and machines that could be judged that night. */
  machines: number;
  ofMachines: number;
  /** Volume compared with what was expected, median of the machines concerned. */
  factor: number;
  backupFileIds: string[];
}

export interface FleetEvents {
  events: FleetEvent[];
  /** Files whose rise is explained by an event. */
  absorbed: ReadonlySet<ScoredFile>;
}

const HALF_DAY_MS = 43_200_000;
const FEWEST_MACHINES = 5;
/** Share of the machines judged, and how far above usual each of them is. By chance 1 in 40 would be. */
const LEAST_SHARE = 0.3;
const RAISED_AT = 2;
const NORMAL_ABOVE = -3.5;

/** Nights with a rise that many machines share (METHODS 3.3). Increments alone: fulls come in turn. */
export function findFleetEvents(files: readonly ScoredFile[], zone: string): FleetEvents {
  const judged = files.filter(({ kind, volume }) => kind === 'INCREMENT' && volume !== null);
  const nights = Map.groupBy(judged, ({ file }) => toZonedTime(file.createdAt - HALF_DAY_MS, zone).dayNumber);
  const events: FleetEvent[] = [];
  const absorbed = new Set<ScoredFile>();
  for (const [night, list] of [...nights].sort(([a], [b]) => a - b)) {
    const raised = list.filter(isRaised);
    const [machines, ofMachines] = [countMachines(raised), countMachines(list)];
    if (machines < FEWEST_MACHINES || machines < LEAST_SHARE * ofMachines) continue;
    for (const file of raised) absorbed.add(file);
    events.push(toEvent(night, raised, machines, ofMachines));
  }
  return { events, absorbed };
}

function isRaised({ ratio, volume }: ScoredFile): boolean {
  return (volume?.z ?? 0) >= RAISED_AT && (ratio?.z ?? 0) > NORMAL_ABOVE;
}

function countMachines(files: readonly ScoredFile[]): number {
  return new Set(files.map(({ file }) => seriesKey(file))).size;
}

function toEvent(
  night: number,
  raised: readonly ScoredFile[],
  machines: number,
  ofMachines: number,
): FleetEvent {
  const times = raised.map(({ file }) => file.createdAt);
  return {
    kind: 'FLEET_SURGE',
    day: dayNumberToText(night),
    from: Math.min(...times),
    to: Math.max(...times),
    machines,
    ofMachines,
    factor: Math.exp(
      median(raised.map(({ dataBytes, volume }) => Math.log(dataBytes) - (volume?.expected ?? 0))),
    ),
    backupFileIds: raised.map(({ file }) => file.backupFileId),
  };
}
