import type { MetricsReader } from '../../../db/connect.ts';
import { listThings, type Thing } from '../../../queries/find.ts';
import { listElsewhere, type OtherProtection } from '../../../queries/machines.ts';
import { AnswerError } from '../../errors.ts';
import type { ScopeRun } from '../../scope.ts';
import { foldName, nearestNames } from '../../suggest.ts';
import { cleanText, quoteCell } from '../../untrusted.ts';
import { matching } from '../capacity/find-repositories.ts';

/** A machine of a source, and how it came to be in the answer. */
export type Machine = Thing & {
  relation: 'ASKED' | 'SAME_MACHINE' | 'SAME_NAME';
  /** Listed here, and protected by other sources too: what is concluded of it counts them. */
  isHome: boolean;
  /** The same for all protections of one machine. */
  machineKey: string;
};

/**
 * The machines that are meant, with all protections that are of the same machine, and those of the same name: in another
 * source, or of another platform. A name shows nothing but a name, so they are kept apart.
 * @returns machines of one name; or all that fit a pattern, if they have several, each once
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
  const joins = joinsOf(await listElsewhere(db, runs));
  const homes = new Set(asked.map((thing) => joins.homeOf(thing) ?? keyOfThing(thing)));
  const isAsked = new Set(asked);
  const joined = all.filter((thing) => !isAsked.has(thing) && homes.has(joins.homeOf(thing) ?? ''));
  const names = new Set([...asked, ...joined].map(({ name }) => foldName(name)));
  const isOne = homes.size === 1 || new Set(asked.map(({ name }) => foldName(name))).size === 1;
  const isKnown = new Set([...asked, ...joined]);
  const same = isOne ? all.filter((thing) => !isKnown.has(thing) && names.has(foldName(thing.name))) : [];
  const mark = (relation: Machine['relation']) => (thing: Thing) => ({
    ...thing,
    relation,
    isHome: joins.homeOf(thing) === keyOfThing(thing),
    machineKey: joins.homeOf(thing) ?? keyOfThing(thing),
  });
  const machines = [
    ...asked.map(mark('ASKED')),
    ...joined.map(mark('SAME_MACHINE')),
    ...same.map(mark('SAME_NAME')),
  ].sort((a, b) => compareMachineKeys(keyOf(a), keyOf(b)));
  return { isOne, machines: isOne ? machines : machines.filter((one) => one.isHome || !joins.homeOf(one)) };
}

const keyOfThing = ({ sourceId, id }: Pick<Thing, 'sourceId' | 'id'>) => `${sourceId}\n${id}`;

/** Under which of its protections a machine is listed; undefined: no other source is known to protect it. */
function joinsOf(elsewhere: readonly OtherProtection[]) {
  const homes = new Map<string, string>();
  for (const { homeSourceId, homeWorkloadId, sourceId, workloadId } of elsewhere) {
    const home = keyOfThing({ sourceId: homeSourceId, id: homeWorkloadId });
    homes.set(keyOfThing({ sourceId, id: workloadId }), home);
    homes.set(home, home);
  }
  return { homeOf: (thing: Thing) => homes.get(keyOfThing(thing)) };
}

type MachineKey = [rank: number, name: string, sourceId: string, id: string];

/** The protection that a machine is listed with, then what was asked for before what has its name only, and what is there before what is gone. */
export const keyOf = ({ relation, isHome, goneAt, name, sourceId, id }: Machine): MachineKey => [
  (goneAt === null ? 0 : 1) + (relation === 'SAME_NAME' ? 2 : isHome ? -2 : 0),
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
