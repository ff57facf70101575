import { identityOf } from '../api/backup-routes.ts';
import { platformName } from '../api/platforms.ts';
import type { Job, Machine, Protected } from '../estate/types.ts';
import { plainMinutes, type Speed, speedOf } from '../history/recovery-plan.ts';
import type { World } from '../world.ts';
import { DAY, HOUR } from '../zone.ts';
import { type BreachTruth, breachOf, dropsOf, intervalHours } from './recovery-breaches.ts';
import {
  type LocationTruth,
  locationOf,
  type PointTruth,
  pointsOf,
  type ReplicaTruth,
  replicaOf,
  type StoredPoint,
  toPoint,
} from './recovery-places.ts';
import { type TrialTruth, trialsOf } from './recovery-trials.ts';

/** One machine, however many jobs hold it. */
export type WorkloadTruth = {
  name: string;
  platform: string;
  /** Its id on the platform or of its hardware, where the revision gives one. */
  platformObjectId: string | null;
  /** null: its points do not say. */
  sizeBytes: number | null;
  /** How long a restore of all of it takes, noise apart; null: it cannot be restored as a whole, or its size is not known. */
  restoreMinutes: number | null;
  trials: TrialTruth[];
  /** A whole restore, a mount that became ready, or a good verification in the last 90 days. */
  isTested: boolean;
  /** Nobody has tried anything with it, not even a file. */
  isUntouched: boolean;
  locations: LocationTruth[];
  replicas: ReplicaTruth[];
  /** The best of all locations. */
  newest: PointTruth | null;
  rpoAgeHours: number | null;
  /** Of the job that reads it most often. */
  intervalHours: number;
  lastClean: PointTruth | null;
  /** Newest point that was restored or verified with success; it may be gone. */
  lastVerified: PointTruth | null;
  /** Newest point that is stored, clean, and verified itself. */
  lastSafe: PointTruth | null;
  /** null: it has a point as new as its schedule promises. */
  breach: BreachTruth | null;
  /** Jobs that it has been taken out of. */
  drops: { at: string; job: { id: string; name: string } }[];
};

export type RecoveryTruth = {
  /** Minutes = overhead + GiB of the machine / rate, give or take some percent. */
  speeds: ({ platform: string } & Speed)[];
  workloads: WorkloadTruth[];
  /** Names of those that are not tested. */
  untested: string[];
  breaches: ({ name: string; platform: string; rpoAgeHours: number | null } & BreachTruth)[];
  /** Trials that say nothing of the machine they are about. */
  unmapped: TrialTruth[];
  /** Instant recoveries and the like that are open, and when each could or can be used. */
  mounts: { name: string; trial: TrialTruth }[];
  replicas: ({ machine: string } & ReplicaTruth)[];
};

/** The truth about restores, verifications and what there is to restore from, at an instant. */
export function findRecovery(world: World, now: number): RecoveryTruth {
  const trials = new Map<number, TrialTruth[]>();
  for (const { machine, trial } of trialsOf(world, now)) {
    const known = trials.get(machine);
    if (known) known.push(trial);
    else trials.set(machine, [trial]);
  }
  const workloads = machinesOf(world).map(([machine, places]) =>
    workloadOf(world, machine, places, trials.get(machine.index) ?? [], now),
  );
  const all = [...trials].flatMap(([machine, some]) =>
    some.map((trial) => ({ name: world.estate.machines[machine]?.name ?? '', trial })),
  );
  return {
    speeds: (['vsphere', 'hyperv'] as const).map((kind) => ({
      platform: platformName(kind, world.settings.revision),
      ...world.draft.recovery.speeds[kind],
    })),
    workloads,
    untested: workloads.filter(({ isTested }) => !isTested).map(({ name }) => name),
    breaches: workloads.flatMap(({ name, platform, rpoAgeHours, breach }) =>
      breach ? [{ name, platform, rpoAgeHours, ...breach }] : [],
    ),
    unmapped: all.filter(({ trial }) => trial.ledBy !== 'POINT').map(({ trial }) => trial),
    mounts: all.filter(({ trial }) => trial.class === 'INSTANT' && trial.outcome === 'RUNNING'),
    replicas: workloads.flatMap(({ name, replicas }) => replicas.map((one) => ({ machine: name, ...one }))),
  };
}

/** Machines that some backup holds or is to hold, with all their places. */
function machinesOf({ estate }: World): [Machine, Protected[]][] {
  const places = new Map<number, Protected[]>();
  for (const place of estate.protected) {
    const known = places.get(place.machine);
    if (known) known.push(place);
    else places.set(place.machine, [place]);
  }
  return estate.machines.flatMap((machine): [Machine, Protected[]][] => {
    const own = places.get(machine.index) ?? [];
    return own.some(({ job }) => estate.jobs[job]?.kind !== 'replica') ? [[machine, own]] : [];
  });
}

function workloadOf(
  world: World,
  machine: Machine,
  places: Protected[],
  trials: TrialTruth[],
  now: number,
): WorkloadTruth {
  const jobOf = ({ job }: Protected): Job => world.estate.jobs[job] as Job;
  const backedUp = places.filter((place) => jobOf(place).kind !== 'replica');
  const origins = backedUp.filter(({ job, originJob }) => job === originJob);
  const stored = backedUp.map((place) => ({ place, points: pointsOf(world, place, now) }));
  const points = stored.flatMap((one) => one.points).sort((a, b) => a.created - b.created);
  const newest = points.at(-1);
  const verified = trials.filter(isProof).flatMap(({ point }) => point ?? []);
  return {
    name: machine.name,
    ...aboutMachine(world, machine, origins[0] ?? backedUp[0]),
    trials,
    isTested: trials.some((trial) => isProof(trial) && Date.parse(trial.startedAt) > now - 90 * DAY),
    isUntouched: trials.length === 0,
    locations: stored.map((one) => locationOf(world, jobOf(one.place), one.place, one.points, now)),
    replicas: places
      .filter((place) => jobOf(place).kind === 'replica')
      .flatMap((place) => replicaOf(world, jobOf(place), place, now) ?? []),
    newest: toPoint(newest),
    rpoAgeHours: newest ? (now - newest.created) / HOUR : null,
    intervalHours: Math.min(...origins.map((place) => intervalHours(jobOf(place)))),
    lastClean: toPoint(points.findLast(({ malware }) => malware === 'Clean')),
    lastVerified: verified.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0] ?? null,
    lastSafe: toPoint(safeOf(points, verified)),
    breach: breachOf(world, origins, newest?.created, now),
    drops: dropsOf(world, origins, now),
  };
}

function aboutMachine(
  world: World,
  machine: Machine,
  place: Protected | undefined,
): Pick<WorkloadTruth, 'platform' | 'platformObjectId' | 'sizeBytes' | 'restoreMinutes'> {
  const { kind = 'vsphere' } = world.estate.jobs[place?.originJob ?? -1] ?? {};
  const { objectId, biosUuid } = place ? identityOf(world, world.settings.revision, place) : {};
  const id = objectId ?? biosUuid;
  const isSized = kind !== 'nas' && !world.draft.recovery.sizeless.has(machine.index);
  const isWhole = kind === 'vsphere' || kind === 'hyperv';
  const bytes = machine.provisionedBytes;
  return {
    platform: platformName(kind, world.settings.revision),
    platformObjectId: typeof id === 'string' ? id : null,
    sizeBytes: isSized ? bytes : null,
    restoreMinutes: isWhole && isSized ? plainMinutes(speedOf(world.draft.recovery, kind), bytes) : null,
  };
}

/** What shows that the machine comes back: never a browser, and a scan only shows what is in it. */
function isProof({ class: trialClass, outcome, readyMinutes, excluded, scanResult }: TrialTruth): boolean {
  if (trialClass === 'INSTANT') return readyMinutes !== null && outcome !== 'FAILED';
  if (outcome !== 'OK' && outcome !== 'WARNING') return false;
  if (trialClass === 'SUREBACKUP') return scanResult !== 'Infected';
  return ['FULL_VM', 'DISK', 'VOLUME'].includes(trialClass) && excluded === null;
}

function safeOf(points: StoredPoint[], verified: PointTruth[]): StoredPoint | undefined {
  const ids = new Set(verified.map(({ id }) => id));
  return points.findLast(({ id, malware }) => malware === 'Clean' && ids.has(id));
}
