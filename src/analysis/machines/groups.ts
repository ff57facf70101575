import type { Census, Profile } from './census.ts';
import { contradict } from './compare.ts';
import { type Basis, keyOf, type MachineMatch, pairKey } from './machine.ts';

/** The surest first. */
const STRENGTH: readonly Basis[] = ['CONFIGURED', 'AZURE_RESOURCE', 'BIOS_UUID', 'INSTANCE_ID', 'FQDN'];

export interface Grouped {
  /** Pairs that may stand; those that did not fit into one picture are UNSURE. */
  matches: MachineMatch[];
  /** Machines that are one, of two sources or more. */
  groups: Profile[][];
}

/**
 * Takes pairs that are the same for groups, the surest kind of key first. A machine is one workload of each source at most,
 * and nothing in a group may contradict; pairs of one kind that would break that are all unsure, as none is better than the
 * others. What one pair says of two sources, others may say of a third: pairs that follow are added.
 */
export function groupMatches(
  census: Census,
  matches: readonly MachineMatch[],
  isApart: (a: Profile, b: Profile) => boolean,
): Grouped {
  const groupOf = new Map<string, Profile[]>();
  const demoted = new Set<MachineMatch>();
  const same = matches.filter(({ verdict }) => verdict === 'SAME');
  const groupAt = (key: string): Profile[] => groupOf.get(key) ?? [census.byKey.get(key) as Profile];
  for (const basis of STRENGTH) {
    const level = same.filter((match) => match.basis === basis);
    for (const edges of componentsOf(level, groupAt)) {
      const members = [...new Set(edges.flatMap(({ a, b }) => [...groupAt(keyOf(a)), ...groupAt(keyOf(b))]))];
      if (isOnePicture(members, basis, isApart)) for (const { key } of members) groupOf.set(key, members);
      else for (const edge of edges) demoted.add(edge);
    }
  }
  const groups = [...new Set(groupOf.values())]
    .map((group) => group.toSorted(byKey))
    .sort((x, y) => byKey(x[0] as Profile, y[0] as Profile));
  const kept = matches.map((match) => (demoted.has(match) ? toUnsure(match) : match));
  return { matches: withImplied(kept, groups), groups };
}

const byKey = (a: Profile, b: Profile) => (a.key < b.key ? -1 : 1);

/** Edges that hang together, also through what is one already. */
function componentsOf(edges: readonly MachineMatch[], groupAt: (key: string) => Profile[]): MachineMatch[][] {
  const root = new Map<string, string>();
  const find = (key: string): string => {
    let at = key;
    while (root.has(at) && root.get(at) !== at) at = root.get(at) as string;
    return at;
  };
  const nameOf = (key: string) => find((groupAt(key)[0] as Profile).key);
  for (const { a, b } of edges) {
    const [left, right] = [nameOf(keyOf(a)), nameOf(keyOf(b))];
    if (left !== right) root.set(left < right ? right : left, left < right ? left : right);
  }
  return [...Map.groupBy(edges, ({ a }) => nameOf(keyOf(a))).values()];
}

function isOnePicture(
  members: readonly Profile[],
  basis: Basis,
  isApart: (a: Profile, b: Profile) => boolean,
): boolean {
  if (new Set(members.map(({ machine }) => machine.sourceId)).size < members.length) return false;
  return members.every((a, at) =>
    members.slice(at + 1).every((b) => !isApart(a, b) && (basis === 'CONFIGURED' || !contradict(a, b))),
  );
}

const toUnsure = (match: MachineMatch): MachineMatch => ({
  ...match,
  verdict: 'UNSURE',
  probability: Math.min(0.5, match.probability),
  evidence: [...match.evidence, { kind: 'CONFLICT', a: null, b: null, weight: -5 }],
});

/** Every pair of a group, those that only a third machine tells of too. */
function withImplied(matches: readonly MachineMatch[], groups: readonly Profile[][]): MachineMatch[] {
  const known = new Map(matches.map((match) => [pairKey(match.a, match.b), match]));
  for (const group of groups) {
    const inside = group.flatMap((a, at) =>
      group.slice(at + 1).map((b) => ({ a, b, match: known.get(pairKey(a.machine, b.machine)) })),
    );
    const links = inside.flatMap(({ match }) => (match?.verdict === 'SAME' ? [match] : []));
    const [weakest] = links.toSorted((x, y) => x.probability - y.probability);
    if (!weakest) continue;
    for (const { a, b, match } of inside) {
      if (match?.verdict === 'SAME') continue;
      const through = { kind: 'THROUGH_ANOTHER', a: null, b: null, weight: 5 };
      known.set(pairKey(a.machine, b.machine), {
        a: refOf(a),
        b: refOf(b),
        verdict: 'SAME',
        basis: weakest.basis,
        probability: weakest.probability,
        evidence: [...(match?.evidence ?? []), through],
      });
    }
  }
  return [...known].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, match]) => match);
}

const refOf = ({ machine: { sourceId, workloadId } }: Profile) => ({ sourceId, workloadId });
