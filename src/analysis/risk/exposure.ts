import {
  ageOf,
  drift,
  type Estimate,
  type EvidenceRef,
  type Hazard,
  ordered,
  PRIORS,
  unknownHazard,
} from './hazard.ts';

/** How the backups of a vault are kept from being deleted or lost. Null is "not known", never fine. */
export interface VaultExposure {
  /** Disabled, Enabled, AlwaysON. */
  softDelete: string | null;
  softDeleteDays: number | null;
  /** Disabled, Unlocked (can be switched off again), Locked. */
  immutability: string | null;
  /** Critical operations need a second person. */
  hasSecondPerson: boolean | null;
  /** LocallyRedundant, ZoneRedundant, GeoRedundant. */
  redundancy: string | null;
  /** When the settings were read, epoch milliseconds. */
  asOf: number | null;
  refs: readonly EvidenceRef[];
}

interface Weakness extends Estimate {
  text: string;
}

/** What is left where every guard is up. */
const GUARDED: Estimate = { q: 0.01, low: 0.005, high: 0.02 };

/**
 * Probability within 30 days that backups are lost or deleted with nothing to bring them back. Judgement, in the scale of the
 * signals: what lets one account delete everything at once weighs as a mass deletion does, what leaves one other guard in its
 * place as a weakened immutability, and the loss of a datacentre is rare.
 */
const WEAKNESSES = {
  softDeleteOff: { q: 0.3, low: 0.1, high: 0.6, text: 'soft delete is off: what is deleted is gone at once' },
  softDeleteShort: {
    q: 0.03,
    low: 0.01,
    high: 0.1,
    text: 'soft delete keeps what was deleted for less than 14 days',
  },
  immutabilityOff: { q: 0.1, low: 0.03, high: 0.25, text: 'restore points are not immutable' },
  immutabilityUnlocked: { q: 0.03, low: 0.01, high: 0.1, text: 'immutability can be switched off again' },
  noSecondPerson: { q: 0.05, low: 0.02, high: 0.15, text: 'one person alone may delete or weaken' },
  oneDatacentre: { q: 0.02, low: 0.005, high: 0.06, text: 'all copies are in one datacentre' },
} as const satisfies Record<string, Weakness>;

/** With points that nobody can delete before they expire, guards against deletion matter a fifth. */
const LOCKED_FACTOR = 0.2;
const USUAL_DAYS = 14;

/** That the backups in a vault are lost by deletion or with their place, by the guards that are down or not known. */
export function exposureHazard(exposure: VaultExposure, now: number): Hazard {
  const { down, unknown, locked } = guardsOf(exposure);
  if (exposure.asOf === null || unknown.length === 4)
    return {
      ...unknownHazard('integrity', 'the settings of the vault are not known'),
      evidence: exposure.refs,
    };
  const left = { q: 1 - GUARDED.q, low: 1 - GUARDED.low, high: 1 - GUARDED.high };
  const factor = (weakness: Weakness) =>
    locked && weakness !== WEAKNESSES.oneDatacentre ? LOCKED_FACTOR : 1;
  for (const weakness of down) {
    left.q *= 1 - factor(weakness) * weakness.q;
    left.low *= 1 - factor(weakness) * weakness.low;
    left.high *= 1 - factor(weakness) * weakness.high;
  }
  // What is not known may be fine or not: half of it counts, and the range holds both.
  for (const weakness of unknown) {
    left.q *= 1 - factor(weakness) * 0.5 * weakness.q;
    left.high *= 1 - factor(weakness) * weakness.high;
  }
  const { ageDays, weight } = ageOf('integrity', exposure.asOf, now);
  const estimate = { q: 1 - left.q, low: 1 - left.low, high: 1 - left.high };
  return {
    hazard: 'integrity',
    // Settings do not wear out; that nobody looked for long widens the range, and never makes it better.
    ...ordered(worse(estimate, drift(estimate, PRIORS.integrity, weight))),
    basis: unknown.length > 0 ? 'assumed' : 'measured',
    asOf: exposure.asOf,
    ageDays,
    reasons: [...down.map(({ text }) => text), ...unknown.map(({ text }) => `not known whether ${text}`)],
    evidence: exposure.refs,
  };
}

const worse = (a: Estimate, b: Estimate): Estimate => ({
  q: Math.max(a.q, b.q),
  low: a.low,
  high: Math.max(a.high, b.high),
});

function guardsOf({ softDelete, softDeleteDays, immutability, hasSecondPerson, redundancy }: VaultExposure) {
  const down: Weakness[] = [];
  const unknown: Weakness[] = [];
  if (softDelete === null) unknown.push(WEAKNESSES.softDeleteOff);
  else if (softDelete === 'Disabled') down.push(WEAKNESSES.softDeleteOff);
  else if (softDeleteDays !== null && softDeleteDays < USUAL_DAYS) down.push(WEAKNESSES.softDeleteShort);
  if (immutability === null) unknown.push(WEAKNESSES.immutabilityOff);
  else if (immutability === 'Disabled') down.push(WEAKNESSES.immutabilityOff);
  else if (immutability !== 'Locked') down.push(WEAKNESSES.immutabilityUnlocked);
  if (hasSecondPerson === null) unknown.push(WEAKNESSES.noSecondPerson);
  else if (!hasSecondPerson) down.push(WEAKNESSES.noSecondPerson);
  if (redundancy === null) unknown.push(WEAKNESSES.oneDatacentre);
  else if (redundancy === 'LocallyRedundant') down.push(WEAKNESSES.oneDatacentre);
  return { down, unknown, locked: immutability === 'Locked' };
}
