import type { Result } from './runs.ts';

/** What a session is for. The number is what is stored. */
const SESSION_KINDS = [
  'run',
  'copyChild',
  'logBackup',
  'resync',
  'retention',
  'malwareScan',
  'analyzer',
  'configBackup',
  'rescan',
  'restore',
  'fileRestore',
  'instantRecovery',
  'sureBackup',
  'offload',
  'deletion',
  'linuxFileRestore',
  'nasRestore',
  'volumeRestore',
  'diskRestore',
  'diskMount',
  'shareMount',
  'azureMount',
  'publish',
  'failover',
  'undoFailover',
  'contentScan',
] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

const RESULTS = ['Success', 'Warning', 'Failed'] as const;

/** One session. `job`, `slot` and `attempt` mean what the kind needs; `end` may lie in the future or never come. */
export type SessionRow = {
  start: number;
  end: number;
  kind: SessionKind;
  job: number;
  slot: number;
  attempt: number;
  result: Result;
  tasks: number;
};

/**
 * All sessions in the order of their start, some 30 bytes each. Rows are only ever added at the end, so that the place of
 * a session never changes and can serve as its number.
 */
export type SessionColumns = {
  readonly length: number;
  add: (rows: SessionRow[]) => void;
  row: (index: number) => SessionRow;
  start: (index: number) => number;
  end: (index: number) => number;
  kind: (index: number) => SessionKind;
  job: (index: number) => number;
  result: (index: number) => Result;
  /** Number of task sessions before this session's own. */
  tasksBefore: (index: number) => number;
  /** First place whose start is not before `at`. */
  firstFrom: (at: number) => number;
  /** All places in the order of their end. */
  byEnd: () => Uint32Array;
};

export function createSessionColumns(): SessionColumns {
  let size = 0;
  let starts = new Float64Array(1024);
  let ends = new Float64Array(1024);
  let jobs = new Int32Array(1024);
  let slots = new Int32Array(1024);
  let tasks = new Uint32Array(1025);
  let small = new Uint8Array(3 * 1024); // kind, attempt, result
  let ordered = new Uint32Array(0);

  const grow = (wanted: number) => {
    if (wanted <= starts.length) return;
    const length = Math.max(wanted, starts.length * 2);
    starts = copied(new Float64Array(length), starts);
    ends = copied(new Float64Array(length), ends);
    jobs = copied(new Int32Array(length), jobs);
    slots = copied(new Int32Array(length), slots);
    tasks = copied(new Uint32Array(length + 1), tasks);
    small = copied(new Uint8Array(3 * length), small);
  };
  const put = (row: SessionRow) => {
    starts[size] = row.start;
    ends[size] = row.end;
    jobs[size] = row.job;
    slots[size] = row.slot;
    tasks[size + 1] = (tasks[size] ?? 0) + row.tasks;
    small[3 * size] = SESSION_KINDS.indexOf(row.kind);
    small[3 * size + 1] = row.attempt;
    small[3 * size + 2] = RESULTS.indexOf(row.result);
    size += 1;
  };
  const at = (column: { [index: number]: number }, index: number) => column[index] ?? 0;
  const kind = (index: number) => SESSION_KINDS[at(small, 3 * index)] ?? 'run';
  const result = (index: number) => RESULTS[at(small, 3 * index + 2)] ?? 'Success';
  return {
    get length() {
      return size;
    },
    add: (rows) => {
      grow(size + rows.length);
      rows.forEach(put);
    },
    row: (index) => ({
      start: at(starts, index),
      end: at(ends, index),
      kind: kind(index),
      job: at(jobs, index),
      slot: at(slots, index),
      attempt: at(small, 3 * index + 1),
      result: result(index),
      tasks: at(tasks, index + 1) - at(tasks, index),
    }),
    start: (index) => at(starts, index),
    end: (index) => at(ends, index),
    kind,
    job: (index) => at(jobs, index),
    result,
    tasksBefore: (index) => at(tasks, index),
    firstFrom: (from) => firstNotBelow(size, (index) => at(starts, index), from),
    byEnd: () => {
      if (ordered.length !== size) {
        ordered = Uint32Array.from({ length: size }, (_, i) => i).sort(
          (a, b) => at(ends, a) - at(ends, b) || a - b,
        );
      }
      return ordered;
    },
  };
}

/** The first of `length` places in ascending order whose value is not below `wanted` (binary search). */
export function firstNotBelow(length: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copied<T extends { set: (from: T) => void }>(to: T, from: T): T {
  to.set(from);
  return to;
}
