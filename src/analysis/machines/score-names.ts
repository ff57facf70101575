import type { Census, Profile } from './census.ts';
import { splitName } from './keys.ts';
import type { MatchEvidence } from './machine.ts';
import { isCommonName, isSameHost, nameBlocks } from './names.ts';

/** Names say no more than this. */
const MOST = 0.95;
/** What is less likely is not worth a look. */
const LEAST = 0.02;

/** Of the machines of the smaller source this share is taken to be in the larger one as well. */
const EXPECTED_SHARE = 0.2;
/** m: that one machine has one name in both sources; names of roles are as frequent in any estate as this. */
const SAME_NAME = 0.9;
const COMMON_NAME_FACTOR = 10;

/**
 * How likely two machines of one host name are one (Fellegi and Sunter): prior odds that two of these sources are, times m/u
 * of each thing compared. u of a name is the share of all machines that have it, so rare names weigh more than common ones.
 * @returns null if they have no name in common, or it is too little for a question
 * @see Fellegi, Sunter: A Theory for Record Linkage. JASA 64 (1969)
 */
export function scoreNames(
  census: Census,
  a: Profile,
  b: Profile,
): { probability: number; evidence: MatchEvidence[] } | null {
  const own = a.names.find((name) => b.names.some((other) => isSameHost(name, other)));
  const other = b.names.find((name) => own !== undefined && isSameHost(own, name));
  if (own === undefined || other === undefined) return null;
  const evidence = [
    nameEvidence(census, own, other),
    ...domainEvidence(a, b),
    ...systemEvidence(a, b),
    ...sizeEvidence(a, b),
    ...instanceEvidence(a, b),
  ];
  const larger = Math.max(...[a, b].map(({ machine }) => census.sizes.get(machine.sourceId) ?? 1));
  const odds = evidence.reduce((sum, { weight }) => sum * 2 ** weight, EXPECTED_SHARE / larger);
  const probability = Math.min(MOST, odds / (1 + odds));
  return probability < LEAST ? null : { probability, evidence };
}

const weigh = (m: number, u: number) => Math.round(100 * Math.log2(m / u)) / 100;

function nameEvidence({ called, profiles }: Census, own: string, other: string): MatchEvidence {
  const holders = Math.max(2, ...nameBlocks(own).map((block) => called.get(block)?.length ?? 0));
  const { host } = splitName(own);
  const frequency = ((holders - 0.5) / profiles.length) * (isCommonName(host) ? COMMON_NAME_FACTOR : 1);
  return { kind: 'NAME', a: own, b: other, weight: weigh(SAME_NAME, Math.min(1, frequency)) };
}

/** Domains that differ have been told apart before. */
function domainEvidence(a: Profile, b: Profile): MatchEvidence[] {
  const common = a.domains.find((domain) => b.domains.includes(domain));
  return common === undefined ? [] : [{ kind: 'DOMAIN', a: common, b: common, weight: weigh(0.9, 0.3) }];
}

function systemEvidence({ machine: a }: Profile, { machine: b }: Profile): MatchEvidence[] {
  if (a.osFamily === null || b.osFamily === null) return [];
  const weight = a.osFamily === b.osFamily ? weigh(0.98, 0.6) : weigh(0.02, 0.4);
  return [{ kind: 'OS', a: a.osFamily, b: b.osFamily, weight }];
}

/** Within a quarter of each other, or far apart; between it says nothing. */
function sizeEvidence({ machine: a }: Profile, { machine: b }: Profile): MatchEvidence[] {
  if (!a.sizeBytes || !b.sizeBytes) return [];
  const ratio = Math.max(a.sizeBytes, b.sizeBytes) / Math.min(a.sizeBytes, b.sizeBytes);
  if (ratio > 1.25 && ratio < 4) return [];
  const weight = ratio <= 1.25 ? weigh(0.6, 0.15) : weigh(0.1, 0.4);
  return [{ kind: 'SIZE', a: String(a.sizeBytes), b: String(b.sizeBytes), weight }];
}

/** One number of an inventory: much where both sources read the same inventory, which neither says. */
function instanceEvidence(a: Profile, b: Profile): MatchEvidence[] {
  const common = a.values.INSTANCE_ID.find((value) => b.values.INSTANCE_ID.includes(value));
  return common === undefined
    ? []
    : [{ kind: 'INSTANCE_ID', a: common, b: common, weight: weigh(0.5, 0.01) }];
}
