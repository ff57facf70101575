import type { MetricsReader } from '../../../db/connect.ts';
import { listThings, type Thing } from '../../../queries/find.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { foldName, nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';

/** A machine of a source, and how it came to be in the answer. */
export type Machine = Thing & { relation: 'ASKED' | 'SAME_NAME' };

/**
 * The machines that are meant, and those of the same name: in another source, or of another platform. A name shows nothing
 * but a name, so they are kept apart.
 * @returns machines of one name; or all that fit a pattern, if they have several
 * @throws AnswerError with the nearest names if there is none
 */
export async function findMachines(
  db: MetricsReader,
  runs: readonly ScopeRun[],
  wanted: string,
): Promise<{ machines: Machine[]; isOne: boolean }> {
  const all: Thing[] = [];
  for (const { sourceId, knownAt } of runs)
    for (const thing of await listThings(db, { sourceId, kind: 'workload', knownAt })) all.push(thing);
  const id = wanted.trim().toLowerCase();
  const byId = all.filter((thing) => thing.id.toLowerCase() === id);
  const asked = byId.length > 0 ? byId : matching(all, wanted);
  if (asked.length === 0) throw new AnswerError(explainUnknown(wanted, all));
  const names = new Set(asked.map(({ name }) => foldName(name)));
  const isOne = names.size === 1;
  const isAsked = new Set(asked);
  const same = isOne ? all.filter((thing) => !isAsked.has(thing) && names.has(foldName(thing.name))) : [];
  const machines = [
    ...asked.map((thing) => ({ ...thing, relation: 'ASKED' as const })),
    ...same.map((thing) => ({ ...thing, relation: 'SAME_NAME' as const })),
  ];
  return { isOne, machines: machines.sort((a, b) => compareMachineKeys(keyOf(a), keyOf(b))) };
}

type MachineKey = [rank: number, name: string, sourceId: string, id: string];

/** What was asked for before what has its name only, and what is there before what is gone. */
export const keyOf = ({ relation, goneAt, name, sourceId, id }: Machine): MachineKey => [
  (goneAt === null ? 0 : 1) + (relation === 'ASKED' ? 0 : 2),
  foldName(name).slice(0, 150),
  sourceId,
  id,
];

export function compareMachineKeys(a: MachineKey, b: readonly (string | number)[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

function explainUnknown(wanted: string, all: readonly Thing[]): string {
  const start = wanted.includes('*') ? 'No workload fits the pattern' : 'There is no workload';
  const asked = `${start} ${JSON.stringify(cleanText(wanted, 100))} among ${all.length} workloads.`;
  const nearest = nearestNames(
    wanted.replaceAll('*', ''),
    all.map(({ name }) => cleanText(name)),
  );
  if (nearest.length === 0) return asked;
  return [
    `${asked} The nearest names are:`,
    ...nearest.map((name) => `- ${quoteCell(name, 300)}`),
    'Give one of them, a workload id, or a pattern with *; find looks for a part of a name among things of all kinds.',
  ].join('\n');
}
