import type { CopyEvidence, VerificationEvidence } from '../../src/analysis/compliance/evidence.ts';
import type { WorkloadEvidence } from '../../src/analysis/risk/facts.ts';
import type { RiskRepositoryRow } from '../../src/queries/risk-repositories.ts';
import type { LocationRow, RecoveryRow, TrialRow } from '../../src/queries/risk-workloads.ts';
import { isVaultOffsite, runsInAzure, type VaultPlace } from './vaults.ts';

/** Object storage that a provider runs elsewhere. S3-compatible storage may stand in the same room. */
const CLOUD =
  /^(AmazonS3|Azure(Blob|Archive|Storage)|GoogleCloud|GoogleArchive|IBMCloud|WasabiCloud|ElevenEleven|VeeamDataCloud|VeeamVault|Cloud$|HPStoreOnceCloudBank)/;
const OBJECT_STORAGE = /S3|Glacier|Snowball|DataBox/;
const APPLIANCE = /DataDomain|DDBoost|StoreOnce|ExaGrid|Quantum|Infinidat|Fujitsu/;
/** A vault of Azure Backup: storage of its own, sold by use. */
const VAULT = 'AzureVault';
const DISK = /^(WinLocal|LinuxLocal|LinuxHardened|Smb|Nfs)$/;

/** What an off-site copy is proven by, as answers tell it. */
export const OFFSITE_RULE =
  'proven by storage of a cloud provider only; a copy on another host may stand on another site, which the source does not say';

/** Kind of storage by the type of the repository; null: the source says none that is known. */
export function mediaKindOf(type: string | null): string | null {
  if (type === null) return null;
  if (type === VAULT) return 'cloud vault';
  if (CLOUD.test(type) || OBJECT_STORAGE.test(type)) return 'object storage';
  if (APPLIANCE.test(type)) return 'appliance';
  if (type === 'Tape') return 'tape';
  return DISK.test(type) ? 'disk' : null;
}

export type Places = {
  repositories: ReadonlyMap<string, RiskRepositoryRow>;
  /** Those that are vaults of Azure Backup. */
  vaults?: ReadonlyMap<string, VaultPlace>;
  skewMs: number;
};

/** The machine itself and every place that holds points of it. */
export function copiesOf(
  workload: WorkloadEvidence,
  locations: readonly LocationRow[],
  recovery: RecoveryRow | undefined,
  places: Places,
): CopyEvidence[] {
  const primaryHosts = new Set(
    locations.filter(isPrimary).flatMap(({ locationId }) => hostsOf(places.repositories.get(locationId))),
  );
  const inAzure = runsInAzure([workload.id, ...(workload.others ?? []).map(({ workloadId }) => workloadId)]);
  const seenAt = recovery?.newestPointAt ? recovery.newestPointAt.getTime() - places.skewMs : null;
  const production: CopyEvidence = {
    ref: { table: 'workload', id: workload.id },
    role: 'PRODUCTION',
    locationId: 'production',
    mediaKind: 'production',
    isOffsite: false,
    isImmutable: false,
    immutableUntil: null,
    isOffline: false,
    newestAt: seenAt,
    isUsable: true,
  };
  return [
    production,
    ...locations.map((location) => toCopy(location, primaryHosts, places, inAzure)),
    ...locations.flatMap((location) => tierCopy(location, places)),
  ];
}

function toCopy(
  location: LocationRow,
  primaryHosts: ReadonlySet<string>,
  places: Places,
  inAzure: boolean | null,
): CopyEvidence {
  const repository = places.repositories.get(location.locationId);
  const isReplica = location.kind === 'REPLICA';
  const types = typesOf(location, repository);
  const until = location.immutableUntil;
  return {
    ref: { table: 'recovery_location', id: `${location.workloadId} ${location.locationId}` },
    role: 'COPY',
    locationId: location.locationId === 'unknown' ? null : volumeOf(location.locationId, repository),
    mediaKind: isReplica ? 'replica' : onlyOne(types.map(mediaKindOf)),
    isOffsite: isReplica
      ? null
      : offsiteOf(location, types, hostsOf(repository), primaryHosts, places, inAzure),
    isImmutable:
      location.immutableBasis === 'NONE' ? false : IMMUTABLE.has(location.immutableBasis ?? '') || null,
    immutableUntil: until ? until.getTime() - places.skewMs : null,
    isOffline: types.includes('Tape') ? null : false,
    newestAt: location.newestPointAt ? location.newestPointAt.getTime() - places.skewMs : null,
    isUsable: isUsable(location),
  };
}

/** What can be switched off again (UNLOCKED) proves nothing. */
const IMMUTABLE = new Set(['ESTIMATED', 'EXPIRY']);

function offsiteOf(
  location: LocationRow,
  types: readonly (string | null)[],
  hosts: readonly string[],
  primaryHosts: ReadonlySet<string>,
  { vaults }: Places,
  inAzure: boolean | null,
): boolean | null {
  if (types.includes(VAULT)) {
    const vault = vaults?.get(location.locationId);
    return vault ? isVaultOffsite(vault, inAzure) : null;
  }
  const away = isOffsite(location, types, hosts, primaryHosts);
  // Where the backups of a machine in Azure stand, if not there, is not known to be beside it.
  return inAzure === true && away === false ? null : away;
}

/** Copies that a scale-out repository makes in object storage: that it does so is known, what lies there is not. */
function tierCopy(location: LocationRow, { repositories }: Places): CopyEvidence[] {
  if (repositories.get(location.locationId)?.copiesToCapacityTier !== true) return [];
  return [
    {
      ref: { table: 'scale_out_repository', id: location.locationId },
      role: 'COPY',
      locationId: `${location.locationId} capacity tier`,
      mediaKind: 'object storage',
      isOffsite: null,
      isImmutable: null,
      immutableUntil: null,
      isOffline: false,
      newestAt: null,
      isUsable: null,
    },
  ];
}

const isPrimary = ({ kind, isCopy }: LocationRow) => kind === 'REPOSITORY' && isCopy !== true;

function typesOf(location: LocationRow, repository: RiskRepositoryRow | undefined): (string | null)[] {
  if (repository && repository.extentTypes.length > 0) return repository.extentTypes;
  return [repository?.type ?? location.type];
}

/** Two repositories of one volume are one place. */
function volumeOf(id: string, repository: RiskRepositoryRow | undefined): string {
  return [id, ...(repository?.sharedVolumeWith ?? [])].sort()[0] as string;
}

function hostsOf(repository: RiskRepositoryRow | undefined): string[] {
  if (!repository) return [];
  return [repository.hostId, ...repository.extentHosts].filter((host) => host !== null);
}

/**
 * Storage of a cloud provider is elsewhere. The first backups are taken to stand where the machines are, and so does a copy
 * on a host of theirs. Another host may be another site or the next rack.
 */
function isOffsite(
  location: LocationRow,
  types: readonly (string | null)[],
  hosts: readonly string[],
  primaryHosts: ReadonlySet<string>,
): boolean | null {
  if (types.length > 0 && types.every((type) => type !== null && CLOUD.test(type))) return true;
  const isStandingHere = types.every((type) => ['disk', 'appliance'].includes(mediaKindOf(type) ?? ''));
  if (isPrimary(location)) return isStandingHere ? false : null;
  return isStandingHere && hosts.length > 0 && hosts.every((host) => primaryHosts.has(host)) ? false : null;
}

/** The newest point there; a verdict that it is suspicious leaves it open. */
function isUsable({ points, malwareStatus }: LocationRow): boolean | null {
  if (points === 0 || malwareStatus === 'Infected') return false;
  return malwareStatus === 'Suspicious' ? null : true;
}

function onlyOne(kinds: readonly (string | null)[]): string | null {
  const [first = null] = kinds;
  return kinds.every((kind) => kind === first) ? first : null;
}

export type Verifications = {
  rows: VerificationEvidence[];
  /** The newest failure, also of those that the source no longer lists; null: none is known. */
  lastBrokenAt: number | null;
};

/** Every look at whether the data come back, by our clock. One that ended with warnings has brought data back, or shows nothing. */
export function verificationsOf(trials: readonly TrialRow[], skewMs: number): Verifications {
  let lastBrokenAt: number | null = null;
  const rows: VerificationEvidence[] = [];
  for (const trial of trials) {
    const outcome = outcomeOf(trial);
    if (outcome === null) continue;
    const at = trial.at.getTime() - skewMs;
    if (outcome === 'FAILED') lastBrokenAt = Math.max(at, lastBrokenAt ?? at);
    if (trial.isGone) continue;
    rows.push({ ref: { table: 'restore_trial', id: trial.trialId }, at, outcome, isHeld: trial.isHeld });
  }
  return { rows, lastBrokenAt };
}

function outcomeOf({ outcome, class: kind, scanResult }: TrialRow): VerificationEvidence['outcome'] | null {
  if (outcome === 'FAILED' || /infected|suspicious/i.test(scanResult ?? '')) return 'FAILED';
  if (outcome === 'OK') return 'PASSED';
  return kind === 'SUREBACKUP' || kind === 'CONTENT_SCAN' ? null : 'PASSED';
}
