import type { SequenceResult } from './sequence.ts';

/** With so many faults for each kind, one that never struck is not tested and no chance. */
const ENOUGH_EACH = 10;

/** Whether all tables were equal, each fault was on record, and each kind struck where there were enough faults for it. */
export function isPassed(results: readonly SequenceResult[], kinds: readonly string[]): boolean {
  return (
    results.length > 0 &&
    results.every(({ problems }) => problems.length === 0) &&
    neverOf(results, kinds).length === 0
  );
}

function neverOf(results: readonly SequenceResult[], kinds: readonly string[]): string[] {
  const struck = results.flatMap(({ outcomes }) => outcomes.map(({ kind }) => kind));
  return struck.length < kinds.length * ENOUGH_EACH ? [] : kinds.filter((kind) => !struck.includes(kind));
}

type Line = { kind: string; count: number; records: Map<string, number>; unrecorded: number };

/** What came of the sequences: a line for each kind, and what differed. */
export function reportOf(results: readonly SequenceResult[], kinds: readonly string[]): string {
  const lines = kinds.map((kind) => lineOf(kind, results));
  const bad = results.filter(({ problems }) => problems.length > 0);
  const faults = results.reduce((sum, { outcomes }) => sum + outcomes.length, 0);
  return [
    ...lines.map(textOf),
    ...bad.flatMap(({ seed, problems }) => [
      `seed ${seed}: repeat it with npm run test:faults -- --seed ${seed} --faults 1`,
      ...problems.map((problem) => `    ${problem}`),
    ]),
    ...neverOf(results, kinds).map((kind) => `NEVER STRUCK: ${kind}`),
    `${faults} faults in ${results.length} sequences: ${
      bad.length === 0
        ? 'after recovery all tables equal those of the undisturbed run, and each fault is on record'
        : `${bad.length} sequences differ`
    }`,
  ].join('\n');
}

function lineOf(kind: string, results: readonly SequenceResult[]): Line & { differing: number } {
  const records = new Map<string, number>();
  let [count, unrecorded, differing] = [0, 0, 0];
  for (const { outcomes, problems } of results) {
    const own = outcomes.filter((outcome) => outcome.kind === kind);
    count += own.length;
    if (own.length > 0 && problems.length > 0) differing += 1;
    for (const { record } of own) {
      if (record === undefined) unrecorded += 1;
      else records.set(record, (records.get(record) ?? 0) + 1);
    }
  }
  return { kind, count, records, unrecorded, differing };
}

function textOf({ kind, count, records, unrecorded, differing }: ReturnType<typeof lineOf>): string {
  const most = [...records].toSorted((a, b) => b[1] - a[1]).map(([record, times]) => `${times} × ${record}`);
  const said = [...most, ...(unrecorded > 0 ? [`${unrecorded} × NOT RECORDED`] : [])].join('; ');
  const equal = differing === 0 ? 'equal' : `DIFFERENT in ${differing} sequences`;
  return `${kind.padEnd(22)} ${String(count).padStart(4)} struck, ${String(count - unrecorded).padStart(4)} recorded, ${equal}  ${said}`;
}
