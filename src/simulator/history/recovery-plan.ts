import type { JobKind } from '../estate/types.ts';
import { unit } from '../random.ts';
import { MINUTE } from '../zone.ts';
import type { SessionKind, SessionRow } from './sessions.ts';

/** How fast whole machines are restored: minutes before the first byte, and GiB of the machine a minute from then on. */
export type Speed = { overheadMinutes: number; gibPerMinute: number };

/** What is special about one session that a scenario has added. */
export type TrialPlan = {
  /** Positions in `Estate.protected` of the machines in the session's tasks. */
  places: number[];
  /** Those of them that did not come up, where the session knows more than one. */
  failed?: number[];
  /** How many points before the newest one was taken. */
  pointsBack?: number;
  /** What stands where the id of the restore point belongs; absent: the id. */
  pointId?: 'absent' | 'zero' | 'null' | 'gone';
  /** Names that are not those of the machine. */
  sessionName?: string;
  taskName?: string;
  /** The id of a job that is known, where the session has none of its own. */
  jobId?: string;
  isCanceled?: boolean;
  message?: string;
  scan?: Scan;
  /** Minutes until the machine is mounted; infinite: the mount fails. */
  mountMinutes?: number;
};

type Scan = { type?: 'Antivirus' | 'Yara'; result?: 'Infected' | 'Failed' | 'Canceled' | 'Inconclusive' };

/** What happens to replicas of a machine for some time. */
type ReplicaState = { state: string; from: number; to: number };

/** What a scenario has in store for restores and what they start from. */
export type RecoveryPlan = {
  /** The truth about recovery goes into the truth file. */
  isTold: boolean;
  /** No restores and verifications but those of the scenario. */
  isQuiet: boolean;
  /** Tasks of restores name their point, which the vendor's description does not promise. */
  hasPointIds: boolean;
  speeds: Record<'vsphere' | 'hyperv', Speed>;
  trials: TrialPlan[];
  /** Machines, by position in `Estate.protected`, that are also listed under an older name without any point. */
  outdated: Set<number>;
  /** Machines whose points do not know their size. */
  sizeless: Set<number>;
  /** By position in `Estate.protected`. */
  replicaStates: Map<number, ReplicaState>;
};

export const usualRecovery = (): RecoveryPlan => ({
  isTold: false,
  isQuiet: false,
  hasPointIds: true,
  speeds: {
    vsphere: { overheadMinutes: 4, gibPerMinute: 8 },
    hyperv: { overheadMinutes: 6, gibPerMinute: 6 },
  },
  trials: [],
  outdated: new Set(),
  sizeless: new Set(),
  replicaStates: new Map(),
});

export const speedOf = ({ speeds }: Pick<RecoveryPlan, 'speeds'>, kind: JobKind): Speed =>
  kind === 'hyperv' ? speeds.hyperv : speeds.vsphere;

/** Minutes that a restore of so many bytes takes when nothing is in its way. */
export const plainMinutes = ({ overheadMinutes, gibPerMinute }: Speed, bytes: number): number =>
  overheadMinutes + bytes / 2 ** 30 / gibPerMinute;

/** Sessions that a scenario has planned have the number of their plan as slot, far above those of days. */
const FIRST_PLANNED = 2 ** 24;

export const plannedSlot = (plan: number): number => FIRST_PLANNED + plan;

export const planOf = ({ trials }: RecoveryPlan, { kind, slot }: Pick<SessionRow, 'kind' | 'slot'>) =>
  slot >= FIRST_PLANNED && isRecovery(kind) ? trials[slot - FIRST_PLANNED] : undefined;

const VERIFICATIONS: ReadonlySet<SessionKind> = new Set(['sureBackup', 'contentScan']);
const RESTORES: ReadonlySet<SessionKind> = new Set([
  ...(['restore', 'fileRestore', 'linuxFileRestore', 'nasRestore', 'instantRecovery'] as const),
  ...(['volumeRestore', 'diskRestore', 'diskMount', 'shareMount', 'azureMount', 'publish'] as const),
  ...(['failover', 'undoFailover'] as const),
]);

/** Sessions of one machine, whose place in `Estate.protected` is in `job`. */
export const isRestore = (kind: SessionKind): boolean => RESTORES.has(kind);
/** Sessions that look at the machines of a job. */
export const isVerification = (kind: SessionKind): boolean => VERIFICATIONS.has(kind);
export const isRecovery = (kind: SessionKind): boolean => isRestore(kind) || isVerification(kind);

/** When what an instant recovery mounts can be used: minutes after it began, whatever its size. */
export function mountedAt({ start, slot, attempt }: SessionRow, plan: TrialPlan | undefined): number {
  if (plan?.mountMinutes !== undefined) return start + plan.mountMinutes * MINUTE;
  return start + MINUTE + Math.floor(unit(3, slot, attempt) * 4 * MINUTE);
}
