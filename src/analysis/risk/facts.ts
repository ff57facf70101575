import type { CapacityEvidence } from './capacity.ts';
import type { VaultExposure } from './exposure.ts';
import type { GapEvidence } from './gap.ts';
import type { EvidenceRef, HazardName } from './hazard.ts';
import type { IntegrityEvidence } from './integrity.ts';
import type { RiskCategory, RiskFlag, TierEvidence } from './priority.ts';
import type { RecoverEvidence } from './recover.ts';
import type { Score, Severities } from './score.ts';
import type { Signal } from './signals.ts';
import type { InputState, RiskInput } from './staleness.ts';

/** A job of the inventory. Jobs that only move or copy points have `createsPoints` false. */
export interface JobEvidence {
  id: string;
  name: string;
  /** null: not known, and then taken as enabled. */
  isEnabled: boolean | null;
  /** Gone from the source. */
  isDeleted: boolean;
  createsPoints: boolean;
  repositoryIds: readonly string[];
  tier: TierEvidence;
  gap: GapEvidence | null;
  /** Its workloads that are listed with another source, which protects them too; left out: none. */
  workloadsElsewhere?: number;
}

export interface RepositoryEvidence {
  id: string;
  name: string;
  capacity: CapacityEvidence | null;
  /** Signals that concern all it holds. */
  signals: readonly Signal[];
  /** Of a vault: how what lies in it is guarded. */
  exposure?: VaultExposure;
}

/** A protected object. */
export interface WorkloadEvidence {
  id: string;
  name: string;
  tier: TierEvidence;
  jobIds: readonly string[];
  /** Where its next backups go; empty takes those of its jobs. */
  repositoryIds: readonly string[];
  /** Of its own points, where they are known: an object can be left out of a job that ends well. */
  gap: GapEvidence | null;
  integrity: IntegrityEvidence | null;
  recover: RecoverEvidence | null;
  /** The same machine in other sources; left out: no other has it. */
  others?: readonly OtherProtection[];
}

/** What another source does for a machine. */
export interface OtherProtection {
  sourceId: string;
  workloadId: string;
  /** Whether something there makes new restore points; null: not known. */
  isWorking: boolean | null;
  /** Runs of what makes them. */
  gaps: readonly GapEvidence[];
  /** What is wrong there, in our words. */
  troubles: readonly { text: string; ref: EvidenceRef }[];
}

export interface IncidentEvidence {
  id: string;
  startAt: number;
  endAt: number;
  jobIds: readonly string[];
  /** Those of its jobs that have not had a usable run since. */
  openJobIds: readonly string[];
  /** What the jobs share and others do not, as the health worker suspects; the name is text of the source. */
  cause?: { kind: string; id: string; name: string } | null;
  refs: readonly EvidenceRef[];
}

/** All that one source's risk is judged by. */
export interface RiskFacts {
  sourceId: string;
  /** Epoch milliseconds. */
  now: number;
  inputs: readonly RiskInput[];
  jobs: readonly JobEvidence[];
  repositories: readonly RepositoryEvidence[];
  workloads: readonly WorkloadEvidence[];
  incidents: readonly IncidentEvidence[];
  /** Signals that concern the whole estate. */
  signals: readonly Signal[];
}

export type RiskScope = 'workload' | 'job' | 'repository' | 'incident' | 'estate';

/** A hazard of an item whose cause is an item of its own. */
export interface SharedCause {
  hazard: HazardName;
  /** Key of the other item. */
  key: string;
  /** Points of this item's score that come from there. */
  points: number;
}

export interface RiskItem extends Score {
  /** "scope:id". */
  key: string;
  scope: RiskScope;
  id: string;
  name: string;
  tier: TierEvidence;
  /** What it was scored with: more for a cause that many share. */
  severities: Severities;
  /** Hazards that do not exist for it. */
  impossible: readonly HazardName[];
  priority: number;
  priorityLow: number;
  priorityHigh: number;
  category: RiskCategory;
  flags: RiskFlag[];
  sharedCauses: SharedCause[];
  /** Priority of the hazards that have no shared cause. */
  ownPriority: number;
  /** Whether it stands in the list by itself: its largest hazard is its own, or the others alone are MEDIUM or more. */
  isListed: boolean;
  /** Order in the list: the category first, or only the own one where the largest hazard is listed elsewhere. */
  listedAs: RiskCategory;
  /** Something of its own has happened already: it comes first in its category. */
  isUrgent: boolean;
  /** Of that: not one usable restore point is left of it, or ever was. */
  isWithoutCopy: boolean;
  /** And then the priority, or the own one likewise. */
  rank: number;
  affectedJobs: readonly string[];
  affectedWorkloads: readonly string[];
}

export interface EstateRisk {
  status: 'ASSESSED' | 'NO_DATA';
  /** Tier-weighted mean of the workloads (of the jobs where no workload is known); null without any. */
  score: number | null;
  scoreLow: number | null;
  scoreHigh: number | null;
  /** Points per hazard; they add up to the score. */
  points: Record<HazardName, number>;
  assumptionPoints: number;
  coverage: number;
  /** Category of the worst listed item: an average hides what is worst. */
  category: RiskCategory | null;
  worst: string | null;
  /** Listed items per category. */
  listed: Record<RiskCategory, number>;
  workloads: number;
  notAssessed: number;
  notTested: number;
  unprotected: number;
  /** Workloads without a job whose newest point is older than 30 days: no longer counted. */
  left: readonly string[];
}

export interface RiskAssessment {
  sourceId: string;
  now: number;
  inputs: readonly InputState[];
  /** Most urgent first; those that are part of another item last. */
  items: RiskItem[];
  estate: EstateRisk;
}
