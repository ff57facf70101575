import type { Estimate, EvidenceRef } from './hazard.ts';

/** A sign that backups are damaged, poisoned or under attack. */
export type SignalKind =
  /** Far less read than usual. */
  | 'VOLUME_COLLAPSE'
  | 'REDUCTION_DROP'
  /** More read and less reduced, as encryption does. */
  | 'ENTROPY_SUSPECT'
  | 'MALWARE_SUSPICIOUS'
  | 'MALWARE_INFECTED'
  /** The newest restore point cannot be used. */
  | 'POINT_CORRUPTED'
  | 'MALWARE_DETECTION_WEAKENED'
  | 'IMMUTABILITY_WEAKENED'
  /** Of a vault: soft delete, immutability, or the second person for critical operations. */
  | 'VAULT_GUARD_WEAKENED'
  /** A request that needed a second administrator was rejected or ran out. */
  | 'FOUR_EYES_FAILED'
  | 'MASS_DELETION';

/** Where a signal was seen: it concerns the workload, all that the repository holds, or everything. */
type SignalScope = 'workload' | 'repository' | 'estate';

export interface Signal {
  kind: SignalKind;
  scope: SignalScope;
  /** Epoch milliseconds. */
  at: number;
  ref: EvidenceRef;
}

interface SignalRule extends Estimate {
  /** Signals of one family see the same thing and count once, with the worst; families are independent. */
  family: 'data' | 'malware' | 'detection' | 'immutability' | 'four-eyes' | 'deletion';
  text: string;
}

/** METHODS 3.5 gives the data and malware families; the others are signs that attackers leave and say little alone. */
const SIGNAL_RULES: Readonly<Record<SignalKind, SignalRule>> = {
  VOLUME_COLLAPSE: { family: 'data', q: 0.15, low: 0.05, high: 0.35, text: 'far less data than usual' },
  REDUCTION_DROP: { family: 'data', q: 0.15, low: 0.05, high: 0.35, text: 'data reduce worse than usual' },
  ENTROPY_SUSPECT: {
    family: 'data',
    q: 0.5,
    low: 0.2,
    high: 0.8,
    text: 'data change and reduce as if encrypted',
  },
  MALWARE_SUSPICIOUS: { family: 'malware', q: 0.5, low: 0.2, high: 0.8, text: 'suspected malware' },
  MALWARE_INFECTED: { family: 'malware', q: 0.9, low: 0.75, high: 0.95, text: 'malware found' },
  POINT_CORRUPTED: {
    family: 'malware',
    q: 0.9,
    low: 0.75,
    high: 0.95,
    text: 'the newest restore point is damaged',
  },
  MALWARE_DETECTION_WEAKENED: {
    family: 'detection',
    q: 0.1,
    low: 0.03,
    high: 0.25,
    text: 'malware detection was switched off or weakened',
  },
  IMMUTABILITY_WEAKENED: {
    family: 'immutability',
    q: 0.1,
    low: 0.03,
    high: 0.25,
    text: 'immutability was switched off or shortened',
  },
  VAULT_GUARD_WEAKENED: {
    family: 'immutability',
    q: 0.1,
    low: 0.03,
    high: 0.25,
    text: 'what keeps the backups of the vault from being deleted was switched off or shortened',
  },
  FOUR_EYES_FAILED: {
    family: 'four-eyes',
    q: 0.1,
    low: 0.03,
    high: 0.25,
    text: 'a request that needs two administrators was refused or ran out',
  },
  MASS_DELETION: {
    family: 'deletion',
    q: 0.3,
    low: 0.1,
    high: 0.6,
    text: 'many restore points were deleted at once',
  },
};

const MOST = 0.95;

/**
 * One estimate of all signals: the worst of each family, families joined as independent, 1 − Π(1 − q), at most 0.95.
 * A single signal gives its own figure; an encryption pattern after a rejected four-eyes request gives more than either.
 */
export function joinSignals(signals: readonly Signal[]): Estimate | null {
  if (signals.length === 0) return null;
  const worst = new Map<string, SignalRule>();
  for (const { kind } of signals) {
    const rule = SIGNAL_RULES[kind];
    const known = worst.get(rule.family);
    if (!known || rule.q > known.q) worst.set(rule.family, rule);
  }
  const none = { q: 1, low: 1, high: 1 };
  for (const rule of worst.values()) {
    none.q *= 1 - rule.q;
    none.low *= 1 - rule.low;
    none.high *= 1 - rule.high;
  }
  const most = (missing: number) => Math.min(MOST, 1 - missing);
  return { q: most(none.q), low: most(none.low), high: most(none.high) };
}

/** A sentence per kind of signal, with how many of it, worst first. */
export function signalReasons(signals: readonly Signal[]): string[] {
  const counts = new Map<SignalKind, number>();
  for (const { kind } of signals) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => SIGNAL_RULES[b].q - SIGNAL_RULES[a].q || (a < b ? -1 : 1))
    .map(([kind, count]) =>
      count === 1 ? SIGNAL_RULES[kind].text : `${SIGNAL_RULES[kind].text} (${count} times)`,
    );
}
