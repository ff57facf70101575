import { type KnownMachine, type MachineRef, pairKey } from './machine.ts';

/** What the owner of the estate says: each list names machines by name or id, with or without their source. */
export interface MachineRules {
  same: readonly (readonly string[])[];
  different: readonly (readonly string[])[];
}

/** A source by its id and by the name people know it by. */
export interface KnownSource {
  sourceId: string;
  name: string;
}

export interface Resolved {
  same: [KnownMachine, KnownMachine][];
  isDifferent: (a: MachineRef, b: MachineRef) => boolean;
  /** Rules without effect, and why, in our words with the texts of the file. */
  problems: string[];
  /** The same of texts that no machine is called: it may be one that is not among these. */
  unknown: string[];
}

/**
 * The machines that the rules mean. `same` takes a text that means exactly one machine; `different` takes all that it may
 * mean, as that merges nothing.
 */
export function resolveRules(
  rules: MachineRules,
  machines: readonly KnownMachine[],
  sources: readonly KnownSource[],
): Resolved {
  const problems: string[] = [];
  const unknown: string[] = [];
  if (rules.same.length === 0 && rules.different.length === 0)
    return { same: [], isDifferent: () => false, problems, unknown };
  const find = finder(machines, sources);
  const same = rules.same.flatMap((texts) => {
    const found = texts.map((text) => one(find(text), text, { problems, unknown }));
    const known = found.flatMap((machine) => machine ?? []);
    return pairsOf(known.map((machine) => [machine])).filter((pair) => isJoinable(pair, problems));
  });
  const apart = new Set<string>();
  for (const texts of rules.different) {
    const found = texts.map((text) => {
      const all = find(text);
      if (all.length === 0)
        unknown.push(`[machines] different names ${JSON.stringify(text)}: no source has it`);
      return all;
    });
    for (const [a, b] of pairsOf(found)) apart.add(pairKey(a, b));
  }
  return {
    same,
    isDifferent: (a, b) => apart.has(pairKey(a, b)),
    problems: [...new Set(problems)],
    unknown: [...new Set(unknown)],
  };
}

function one(
  found: readonly KnownMachine[],
  text: string,
  { problems, unknown }: Pick<Resolved, 'problems' | 'unknown'>,
): KnownMachine | null {
  const [machine] = found;
  if (machine && found.length === 1) return machine;
  const says = `[machines] same names ${JSON.stringify(text)}`;
  if (machine)
    problems.push(
      `${says}: ${found.length} machines are called that; put the source before it, as in ${JSON.stringify(`${machine.sourceId}/${text}`)}`,
    );
  else unknown.push(`${says}: no source has it`);
  return null;
}

function isJoinable([a, b]: [KnownMachine, KnownMachine], problems: string[]): boolean {
  const names = `[machines] same names ${JSON.stringify(a.name)} and ${JSON.stringify(b.name)}`;
  if (a.sourceId === b.sourceId)
    problems.push(`${names}: both are of ${a.sourceId}, and only machines of two sources are joined`);
  else if (!a.isWhole || !b.isWhole)
    problems.push(`${names}: one of them is a database, share or folder, which is no machine`);
  else return true;
  return false;
}

/** Every pair of machines of two of the lists. */
function pairsOf(lists: readonly (readonly KnownMachine[])[]): [KnownMachine, KnownMachine][] {
  return lists.flatMap((own, at) =>
    lists
      .slice(at + 1)
      .flatMap((others) => own.flatMap((a) => others.map((b): [KnownMachine, KnownMachine] => [a, b]))),
  );
}

const plain = (text: string) => text.normalize('NFC').trim().toLowerCase();

/**
 * A text is the name or id of a machine in any source, else one after the id or name of its source and a colon or slash.
 * Of an id its last part is enough, such as `vm-9001` of `VMware/vm-9001`.
 */
function finder(machines: readonly KnownMachine[], sources: readonly KnownSource[]) {
  const named = new Map<string, KnownMachine[]>();
  for (const machine of machines) {
    const { workloadId, name } = machine;
    const last = workloadId.slice(workloadId.lastIndexOf('/') + 1);
    for (const text of new Set([workloadId, name, last].map(plain))) {
      const known = named.get(text);
      if (known) known.push(machine);
      else named.set(text, [machine]);
    }
  }
  const starts = sources
    .flatMap(({ sourceId, name }) =>
      [...new Set([plain(sourceId), plain(name)])].map((start) => ({ start, sourceId })),
    )
    .sort((a, b) => b.start.length - a.start.length);
  return (text: string): readonly KnownMachine[] => {
    const wanted = plain(text);
    const whole = named.get(wanted);
    if (whole) return whole;
    for (const { start, sourceId } of starts) {
      if (!wanted.startsWith(start) || !/[:/]/.test(wanted.charAt(start.length))) continue;
      const rest = wanted.slice(start.length + 1).trim();
      const found = (named.get(rest) ?? []).filter((machine) => machine.sourceId === sourceId);
      if (found.length > 0) return found;
    }
    return [];
  };
}
