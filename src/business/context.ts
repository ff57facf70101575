import type { Retention } from './retention.ts';

export type Tier = 1 | 2 | 3 | 4;
export const TIERS: readonly Tier[] = [1, 2, 3, 4];

/** One line of `[tiers.N]`: what it looks at, and what it has to find there. */
export type TierRule = Readonly<{
  tier: Tier;
  kind: 'id' | 'name' | 'tag' | 'pattern';
  value: string;
  /** Where it stands in the file, such as `tiers.1.patterns "ERP"`: what a result stores as the matched rule. */
  rule: string;
}>;

/** null: not set here. */
type Targets = Readonly<{ rpoHours: number | null; rtoMinutes: number | null }>;
/** Targets of one workload, or of all workloads of one job, by id or by name. */
export type TargetOverride = Targets & Readonly<{ idOrName: string }>;

type Hazard = 'gap' | 'capacity' | 'integrity' | 'recover';

/** What the estate's owner says about it; where nothing is said, the defaults. Plain data, deeply frozen. */
export type BusinessContext = Readonly<{
  /** The file it was read from; null: there is none, and everything is a default. */
  path: string | null;
  /** 16 hexadecimal digits of what the file says: spaces, comments and the order of keys do not change it. */
  fingerprint: string;
  tiers: readonly TierRule[];
  targets: Readonly<{
    byTier: Readonly<Record<Tier, Targets>>;
    /** For everything that has no target of its tier. */
    all: Targets;
    overrides: readonly TargetOverride[];
  }>;
  risk: Readonly<{
    /** How bad it is if the hazard comes true, 0 to 1. */
    severities: Readonly<Record<Hazard, number>>;
    tierWeights: Readonly<Record<Tier, number>>;
    /** Weight of what has no tier; its range goes from the least weight to the greatest. */
    assumedWeight: number;
    /** Days from ordering storage to using it. */
    leadTimeDays: number;
  }>;
  money: Readonly<{
    pricePerTbYear: number;
    /** ISO 4217 */
    currency: string;
    priceBasis: 'set' | 'default';
  }>;
  /** How fast restores are where there is no measurement. */
  restore: Readonly<{
    /** Restores at a time; null: what proxies and repositories allow. */
    slots: number | null;
    /** Of all restores together; null: what was observed. */
    bandwidthGbPerMinute: number | null;
    overheadMinutes: number;
    gbPerMinute: number;
  }>;
  /** For how many days a proof is one. */
  compliance: Readonly<{
    /** A restore that worked. */
    restoreTestDays: number;
    /** A verification that found no error: SureBackup, health check or content scan. */
    verificationDays: number;
    /** What the backup server said of copies, media, places and immutability. */
    observationDays: number;
  }>;
  /** Machines of different sources, by name or id, with or without their source: which are one, and which only look alike. */
  machines: Readonly<{
    same: readonly (readonly string[])[];
    different: readonly (readonly string[])[];
  }>;
  /** For how many days what is kept. */
  retention: Retention;
  /** Settings of the environment that the file gives, by the name of the variable. The environment comes first. */
  schedule: Readonly<Record<string, string>>;
}>;
