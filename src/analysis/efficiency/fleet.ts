import { median } from 'simple-statistics';
import { dayNumberToText, toZonedTime } from '../zoned-time.ts';
import { seriesKey } from './files.ts';
import type { ScoredFile } from './scores.ts';

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

export interface FleetTally {
  /** Lines of files of protected items; all of one item in one call. */
  add: (files: readonly ScoredFile[]) => void;
  /** Events of what was added, oldest first. */
  events: () => Map<number, FleetEvent>;
  /** The night of a file, as events are keyed. */
  nightOf: (file: ScoredFile) => number;
}

interface Night {
  ofMachines: number;
  machines: number;
  raised: { backupFileId: string; at: number; rise: number }[];
}

const HALF_DAY_MS = 43_200_000;
const FEWEST_MACHINES = 5;
/** Share of the machines judged, and how far above usual each of them is: by chance 1 in 40 would be. */
const LEAST_SHARE = 0.3;
const RAISED_AT = 2;
const NORMAL_ABOVE = -3.5;

/**
 * Looks for nights with a rise that many machines share (METHODS 3.3). Increments alone: fulls come in turn. Only the
 * raised files are kept, so that any number of lines can be added.
 */
export function tallyFleet(zone: string): FleetTally {
  const nights = new Map<number, Night>();
  const nightOf = ({ file }: ScoredFile) => toZonedTime(file.createdAt - HALF_DAY_MS, zone).dayNumber;
  const add = (files: readonly ScoredFile[]) => {
    const judged = files.filter(({ kind, volume }) => kind === 'INCREMENT' && volume !== null);
    for (const [day, list] of Map.groupBy(judged, nightOf)) addNight(nights, day, list);
  };
  return { add, events: () => toEvents(nights), nightOf };
}

/** A rise that the night explains: above usual, at normal reduction. */
export function isRaised({ kind, ratio, volume }: ScoredFile): boolean {
  return kind === 'INCREMENT' && (volume?.z ?? 0) >= RAISED_AT && (ratio?.z ?? 0) > NORMAL_ABOVE;
}

function addNight(nights: Map<number, Night>, day: number, files: readonly ScoredFile[]): void {
  const night = nights.get(day) ?? { ofMachines: 0, machines: 0, raised: [] };
  nights.set(day, night);
  const raised = files.filter(isRaised);
  night.ofMachines += new Set(files.map(({ file }) => seriesKey(file))).size;
  night.machines += new Set(raised.map(({ file }) => seriesKey(file))).size;
  for (const { file, dataBytes, volume } of raised) {
    const rise = Math.log(dataBytes) - (volume?.expected ?? 0);
    night.raised.push({ backupFileId: file.backupFileId, at: file.createdAt, rise });
  }
}

function toEvents(nights: ReadonlyMap<number, Night>): Map<number, FleetEvent> {
  const events = new Map<number, FleetEvent>();
  for (const [day, { machines, ofMachines, raised }] of [...nights].sort(([a], [b]) => a - b)) {
    if (machines < FEWEST_MACHINES || machines < LEAST_SHARE * ofMachines) continue;
    raised.sort((a, b) => a.at - b.at || (a.backupFileId < b.backupFileId ? -1 : 1));
    events.set(day, {
      kind: 'FLEET_SURGE',
      day: dayNumberToText(day),
      from: raised[0]?.at ?? 0,
      to: raised.at(-1)?.at ?? 0,
      machines,
      ofMachines,
      factor: Math.exp(median(raised.map(({ rise }) => rise))),
      backupFileIds: raised.map(({ backupFileId }) => backupFileId),
    });
  }
  return events;
}
