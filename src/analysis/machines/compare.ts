import { type Census, countIn, idsOf, type Profile } from './census.ts';
import { instancePlatform, isWorldwide } from './keys.ts';
import type { Basis, KeyKind, MatchEvidence, Verdict } from './machine.ts';
import { isSameHost } from './names.ts';
import { scoreNames } from './score-names.ts';

/** What two machines are to each other, by their keys and names alone. */
export interface Comparison {
  verdict: Exclude<Verdict, 'DIFFERENT'>;
  basis: Exclude<Basis, 'CONFIGURED'>;
  probability: number;
  evidence: MatchEvidence[];
}

const IDS = ['AZURE_RESOURCE', 'BIOS_UUID', 'INSTANCE_ID'] as const;
type IdKind = (typeof IDS)[number];

/** That an id or full name which one machine of each source has is of one machine. */
const TRUST: Readonly<Record<IdKind | 'FQDN', number>> = {
  AZURE_RESOURCE: 0.999,
  BIOS_UUID: 0.999,
  INSTANCE_ID: 0.995,
  FQDN: 0.98,
};
/** One key says yes and another no. */
const CONTRADICTED = 0.5;
const ID_AGAINST_NAME = 0.3;
const WEIGHT: Readonly<Record<KeyKind, number>> = {
  AZURE_RESOURCE: 17,
  BIOS_UUID: 17,
  INSTANCE_ID: 15,
  FQDN: 12,
  HOST_NAME: 6,
};

/**
 * Two machines of two sources. An id that both have, and nobody else of either source, makes them one, unless another id or
 * the name that they have for themselves contradicts; a full name likewise where its domain is no everyday one and no id
 * contradicts. An id that several of a source have, as clones do, and names never do more than raise the question.
 * @returns null if nothing speaks for it, or an id against names
 */
export function compareMachines(census: Census, a: Profile, b: Profile): Comparison | null {
  const ids = IDS.map((kind) => compareIds(census, kind, a, b));
  const evidence = ids.flatMap(({ evidence: one }) => one);
  const agreed = ids.find(({ state }) => state === 'unique');
  const shared = ids.find(({ state }) => state === 'shared');
  const isIdAgainst = ids.some(({ state }) => state === 'against');
  const name = compareFullNames(census, a, b);
  evidence.push(...name.evidence);
  const isNameAgainst = name.state === 'against' || areNamesApart(a, b);
  const say = (
    verdict: Comparison['verdict'],
    basis: Comparison['basis'],
    probability: number,
  ): Comparison => ({ verdict, basis, probability, evidence });

  if (agreed) {
    if (areNamesApart(a, b) && name.state !== 'against') evidence.push(namesApart(a, b));
    return isIdAgainst || isNameAgainst
      ? say('UNSURE', agreed.kind, CONTRADICTED)
      : say('SAME', agreed.kind, TRUST[agreed.kind]);
  }
  if (name.state === 'unique' && !isIdAgainst && !isOtherSystem(a, b)) return say('SAME', 'FQDN', TRUST.FQDN);
  if (shared) return say('UNSURE', shared.kind, (isNameAgainst ? 0.2 : 0.9) / shared.among);
  if (name.state === 'unique') return say('UNSURE', 'FQDN', isIdAgainst ? ID_AGAINST_NAME : CONTRADICTED);
  if (isIdAgainst || name.state === 'against') return null;
  const scored = scoreNames(census, a, b);
  if (!scored) return null;
  return {
    verdict: 'UNSURE',
    basis: name.state === 'shared' ? 'FQDN' : 'NAME',
    probability: scored.probability,
    evidence: [...evidence, ...scored.evidence],
  };
}

/** Whether ids or full names say that two machines are two; what is not known says nothing. */
export function contradict(a: Profile, b: Profile): boolean {
  return IDS.some((kind) => isAgainst(kind, a, b)) || isFullNameAgainst(a, b);
}

type State = 'unique' | 'shared' | 'against' | 'silent';

function compareIds(
  census: Census,
  kind: IdKind,
  a: Profile,
  b: Profile,
): { kind: IdKind; state: State; among: number; evidence: MatchEvidence[] } {
  const own = idsOf(a, kind);
  const common = own.find((value) => idsOf(b, kind).includes(value));
  if (common !== undefined) {
    const among = Math.max(...[a, b].map(({ machine }) => countIn(census, kind, common, machine.sourceId)));
    const weight = among > 1 ? 3 : WEIGHT[kind];
    const state = among > 1 ? 'shared' : 'unique';
    return { kind, state, among, evidence: [{ kind, a: common, b: common, weight }] };
  }
  const [left = null] = own;
  const [right = null] = idsOf(b, kind);
  const isContrary = isAgainst(kind, a, b);
  return {
    kind,
    state: isContrary ? 'against' : 'silent',
    among: 1,
    evidence: isContrary ? [{ kind, a: left, b: right, weight: -WEIGHT[kind] }] : [],
  };
}

/** Both have one and none in common. Ids of two platforms are of two worlds, and say nothing. */
function isAgainst(kind: IdKind, a: Profile, b: Profile): boolean {
  const [own, other] = [idsOf(a, kind), idsOf(b, kind)];
  if (own.length === 0 || other.length === 0 || own.some((value) => other.includes(value))) return false;
  if (kind !== 'INSTANCE_ID') return true;
  return own.some((value) => other.some((one) => instancePlatform(one) === instancePlatform(value)));
}

function compareFullNames(
  census: Census,
  a: Profile,
  b: Profile,
): { state: State; evidence: MatchEvidence[] } {
  const common = a.values.FQDN.filter((value) => b.values.FQDN.includes(value));
  const best = common.find((value) => isWorldwide(value)) ?? common[0];
  if (best !== undefined) {
    const isUnique = [a, b].every(({ machine }) => countIn(census, 'FQDN', best, machine.sourceId) === 1);
    const state = isUnique && isWorldwide(best) ? 'unique' : 'shared';
    return {
      state,
      evidence: [{ kind: 'FQDN', a: best, b: best, weight: state === 'unique' ? WEIGHT.FQDN : 3 }],
    };
  }
  if (!isFullNameAgainst(a, b)) return { state: 'silent', evidence: [] };
  const [left = null] = a.values.FQDN.length > 0 ? a.values.FQDN : a.domains;
  const [right = null] = b.values.FQDN.length > 0 ? b.values.FQDN : b.domains;
  return { state: 'against', evidence: [{ kind: 'FQDN', a: left, b: right, weight: -8 }] };
}

/** Full names that differ, or domains that do. */
function isFullNameAgainst(a: Profile, b: Profile): boolean {
  const areApart =
    a.domains.length > 0 && b.domains.length > 0 && !a.domains.some((one) => b.domains.includes(one));
  const [own, other] = [a.values.FQDN, b.values.FQDN];
  return areApart || (own.length > 0 && other.length > 0 && !own.some((value) => other.includes(value)));
}

/** Both say what they are called, and nothing that either is called is what the other is. */
function areNamesApart(a: Profile, b: Profile): boolean {
  if (a.hosts.length === 0 || b.hosts.length === 0) return false;
  return !a.names.some((own) => b.names.some((other) => isSameHost(own, other)));
}

const namesApart = (a: Profile, b: Profile): MatchEvidence => ({
  kind: 'HOST_NAME',
  a: a.hosts[0] ?? null,
  b: b.hosts[0] ?? null,
  weight: -WEIGHT.HOST_NAME,
});

const isOtherSystem = ({ machine: a }: Profile, { machine: b }: Profile): boolean =>
  a.osFamily !== null && b.osFamily !== null && a.osFamily !== b.osFamily;
