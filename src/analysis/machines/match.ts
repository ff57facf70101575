import { type Census, KINDS, type Profile, takeCensus } from './census.ts';
import { compareMachines } from './compare.ts';
import { type KnownSource, type MachineRules, resolveRules } from './configured.ts';
import { groupMatches } from './groups.ts';
import { type KnownMachine, keyOf, type MachineMatch, type MachineRef, pairKey } from './machine.ts';

export interface Matched {
  /** In the order of their keys. */
  matches: MachineMatch[];
  /** Machines that are one: workloads of two sources or more, one of each. */
  groups: MachineRef[][];
  /** Rules of the configuration without effect. */
  problems: string[];
  /** Those that name what no machine here is called. */
  unknown: string[];
}

/** A key that so many have identifies nobody; nor does a name. */
const MOST_HOLDERS = 40;
/** Machines of a name that each one is held against, of each other source. */
const MOST_NAMESAKES = 5;

/**
 * Which workloads of different sources are one machine, may be, or are said not to be. The same whatever the order of
 * machines and sources; every pair is judged once, so A with B is B with A.
 */
export function matchMachines(
  machines: readonly KnownMachine[],
  rules: MachineRules = { same: [], different: [] },
  sources: readonly KnownSource[] = [],
): Matched {
  const census = takeCensus(machines);
  const { same, isDifferent, problems, unknown } = resolveRules(rules, machines, sources);
  const configured = new Map(same.map(([a, b]) => [pairKey(a, b), toConfigured(a, b)]));
  const matches = [...configured.values()];
  for (const [a, b] of candidates(census)) {
    const key = pairKey(a.machine, b.machine);
    if (configured.has(key)) continue;
    const found = compareMachines(census, a, b);
    if (!found) continue;
    const ofTwo = { a: refOf(a.machine), b: refOf(b.machine) };
    matches.push(
      isDifferent(a.machine, b.machine)
        ? { ...ofTwo, ...found, verdict: 'DIFFERENT', basis: 'CONFIGURED', probability: 0 }
        : { ...ofTwo, ...found },
    );
  }
  const apart = (a: Profile, b: Profile) => isDifferent(a.machine, b.machine);
  const grouped = groupMatches(census, matches, apart);
  return {
    matches: grouped.matches,
    groups: grouped.groups.map((group) => group.map(({ machine }) => refOf(machine))),
    problems,
    unknown,
  };
}

/** Pairs of two sources that have a key or a name in common, each once, the lesser key first. */
function* candidates(census: Census): Generator<[Profile, Profile]> {
  const seen = new Set<string>();
  const take = function* (block: readonly Profile[]): Generator<[Profile, Profile]> {
    for (const [at, a] of block.entries()) {
      for (const b of block.slice(at + 1)) {
        if (a.machine.sourceId === b.machine.sourceId) continue;
        const key = `${a.key}\n\n${b.key}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield [a, b];
      }
    }
  };
  for (const [key, block] of census.holders) {
    const isName = key.startsWith('HOST_NAME|') || !KINDS.some((kind) => key.startsWith(`${kind}|`));
    if (!isName && block.length > 1 && block.length <= MOST_HOLDERS) yield* take(block);
  }
  for (const block of census.called.values()) {
    if (block.length < 2) continue;
    yield* take(block.length <= MOST_HOLDERS ? block : fewOfEach(block));
  }
}

/** Of a name that many have, some of each source: that it is frequent is in the score. */
function fewOfEach(block: readonly Profile[]): Profile[] {
  const few = [...Map.groupBy(block, ({ machine }) => machine.sourceId).values()].map((own) =>
    own.slice(0, MOST_NAMESAKES),
  );
  return few.flat().slice(0, MOST_HOLDERS);
}

function toConfigured(one: KnownMachine, other: KnownMachine): MachineMatch {
  const [a, b] = keyOf(one) < keyOf(other) ? [one, other] : [other, one];
  return {
    a: refOf(a),
    b: refOf(b),
    verdict: 'SAME',
    basis: 'CONFIGURED',
    probability: 1,
    evidence: [{ kind: 'CONFIGURED', a: a.name, b: b.name, weight: 20 }],
  };
}

const refOf = ({ sourceId, workloadId }: MachineRef): MachineRef => ({ sourceId, workloadId });
