/** Ways to recognise a machine in another source; the first three are ids, the others names. */
export type KeyKind = 'AZURE_RESOURCE' | 'BIOS_UUID' | 'INSTANCE_ID' | 'FQDN' | 'HOST_NAME';

export interface MachineKey {
  kind: KeyKind;
  value: string;
}

/** What a source protects, with what it may be recognised by in another source. */
export interface KnownMachine {
  sourceId: string;
  workloadId: string;
  name: string;
  /** Whole machines alone can be one: databases, shares and folders are parts of one, and never it. */
  isWhole: boolean;
  osFamily: 'windows' | 'linux' | null;
  sizeBytes: number | null;
  keys: readonly MachineKey[];
}

export type MachineRef = Pick<KnownMachine, 'sourceId' | 'workloadId'>;

/** SAME: taken as one. UNSURE: shown, not merged. DIFFERENT: alike, and the configuration says they are two. */
export type Verdict = 'SAME' | 'UNSURE' | 'DIFFERENT';
export type Basis = 'CONFIGURED' | 'AZURE_RESOURCE' | 'BIOS_UUID' | 'INSTANCE_ID' | 'FQDN' | 'NAME';

/** For (weight above 0, as log2 of the likelihood ratio) or against; the texts are those of the sources. */
export interface MatchEvidence {
  kind: string;
  a: string | null;
  b: string | null;
  weight: number;
}

/** Two workloads of two sources. `a` comes before `b` in the order of `keyOf`, so there is one of each pair. */
export interface MachineMatch {
  a: MachineRef;
  b: MachineRef;
  verdict: Verdict;
  basis: Basis;
  /** That they are one machine. */
  probability: number;
  evidence: readonly MatchEvidence[];
}

/** A workload among those of all sources. */
export const keyOf = ({ sourceId, workloadId }: MachineRef): string => `${sourceId}\n${workloadId}`;

/** Whichever comes first, so that A with B is B with A. */
export const pairKey = (a: MachineRef, b: MachineRef): string => [keyOf(a), keyOf(b)].sort().join('\n\n');
