export interface RepositoryState {
  repositoryId: string;
  hostId: string | null;
  /** Folder or volume; null where the type has none. */
  path: string | null;
  /** Bytes; null, 0 or less: no limit. */
  capacityBytes: number | null;
  freeBytes: number | null;
  isOnline: boolean;
  /** Scale-out repository that this is an extent of; null: none. */
  scaleOutRepositoryId: string | null;
  /** As the API names it: Performance, Capacity, Archive. */
  extentType: string | null;
  /** In maintenance or sealed: holds data, takes none. */
  isInMaintenance?: boolean;
}

export interface CapacityGroup {
  /** The scale-out repository, or the repository that stands for itself or for a shared volume. */
  groupId: string;
  kind: 'REPOSITORY' | 'SCALE_OUT' | 'SHARED_VOLUME';
  /** All that belong to it, sorted. */
  members: string[];
  /** Those whose space is counted: online, Performance extents, each volume once. */
  counted: string[];
  capacityBytes: number | null;
  freeBytes: number | null;
  /** Share of the capacity that is used; null where that is not known. */
  useShare: number | null;
  /** The fullest of the counted; with data locality it stops jobs while the others have room. */
  worst: { repositoryId: string; useShare: number } | null;
  reasons: string[];
}

/**
 * What runs out together (METHODS 3.2 "Grouping"): a scale-out repository is the sum of its online Performance extents, and
 * its fullest extent is named; repositories on one volume are counted once. A volume is shared where host and path root are
 * the same, or where one host reports the same capacity and the same free space twice.
 */
export function groupRepositories(states: readonly RepositoryState[]): CapacityGroup[] {
  const scaleOut = Map.groupBy(
    states.filter(({ scaleOutRepositoryId }) => scaleOutRepositoryId !== null),
    ({ scaleOutRepositoryId }) => scaleOutRepositoryId as string,
  );
  const single = volumesOf(states.filter(({ scaleOutRepositoryId }) => scaleOutRepositoryId === null));
  const groups = [
    ...[...scaleOut].map(([groupId, members]) => toGroup(groupId, 'SCALE_OUT', members)),
    ...single.map((members) => {
      const [first] = members.toSorted(byId) as [RepositoryState];
      return toGroup(first.repositoryId, members.length > 1 ? 'SHARED_VOLUME' : 'REPOSITORY', members);
    }),
  ];
  return groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
}

function toGroup(
  groupId: string,
  kind: CapacityGroup['kind'],
  members: readonly RepositoryState[],
): CapacityGroup {
  const usable = members.filter((state) => state.isOnline && (kind !== 'SCALE_OUT' || takesNewData(state)));
  const counted = volumesOf(usable).map((volume) => volume.toSorted(byId)[0] as RepositoryState);
  const isKnown = counted.length > 0 && counted.every((state) => shareOf(state) !== null);
  const sum = (valueOf: (state: RepositoryState) => number | null) =>
    isKnown ? counted.reduce((total, state) => total + (valueOf(state) ?? 0), 0) : null;
  const capacityBytes = sum((state) => state.capacityBytes);
  const freeBytes = sum((state) => state.freeBytes);
  return {
    groupId,
    kind,
    members: members.map(({ repositoryId }) => repositoryId).toSorted(),
    counted: counted.map(({ repositoryId }) => repositoryId).toSorted(),
    capacityBytes,
    freeBytes,
    useShare: capacityBytes === null || freeBytes === null ? null : 1 - freeBytes / capacityBytes,
    worst: worstOf(counted),
    reasons: reasonsOf(members, usable, counted, isKnown),
  };
}

function takesNewData({ extentType, isInMaintenance }: RepositoryState): boolean {
  return (extentType ?? 'Performance') === 'Performance' && isInMaintenance !== true;
}

function reasonsOf(
  members: readonly RepositoryState[],
  usable: readonly RepositoryState[],
  counted: readonly RepositoryState[],
  isKnown: boolean,
): string[] {
  const reasons: string[] = [];
  if (members.some(({ isOnline }) => !isOnline)) reasons.push('OFFLINE_MEMBERS_NOT_COUNTED');
  if (members.some(({ isInMaintenance }) => isInMaintenance === true))
    reasons.push('MAINTENANCE_NOT_COUNTED');
  if (counted.length < usable.length) reasons.push('SHARED_VOLUME_COUNTED_ONCE');
  if (counted.length === 0) reasons.push('NOTHING_COUNTED');
  else if (!isKnown) reasons.push('MEMBER_WITHOUT_CAPACITY');
  return reasons;
}

/** Repositories by the volume they lie on; sharing is passed on (a with b, b with c: all three). */
function volumesOf(states: readonly RepositoryState[]): RepositoryState[][] {
  const volumes: RepositoryState[][] = [];
  for (const state of states.toSorted(byId)) {
    const shared = volumes.filter((volume) => volume.some((other) => isSameVolume(state, other)));
    const merged = [...shared.flat(), state];
    for (const volume of shared) volumes.splice(volumes.indexOf(volume), 1);
    volumes.push(merged);
  }
  return volumes;
}

function isSameVolume(a: RepositoryState, b: RepositoryState): boolean {
  if (a.hostId === null || a.hostId !== b.hostId) return false;
  const isSameSpace = a.capacityBytes === b.capacityBytes && a.freeBytes === b.freeBytes;
  // Without a limit every repository "reports the same"; that tells nothing.
  if (shareOf(a) !== null && isSameSpace) return true;
  const root = pathRoot(a.path);
  return root !== null && root === pathRoot(b.path) && a.capacityBytes === b.capacityBytes;
}

/** Drive or share of a Windows path; Linux paths do not show where a file system begins, so only the whole path counts. */
function pathRoot(path: string | null): string | null {
  if (path === null || path.trim() === '') return null;
  const drive = /^([a-z]):/i.exec(path);
  if (drive) return (drive[1] as string).toLowerCase();
  const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (share) return `//${share[1]}/${share[2]}`.toLowerCase();
  return path.replace(/\/+$/, '') || '/';
}

function worstOf(states: readonly RepositoryState[]): CapacityGroup['worst'] {
  let worst: CapacityGroup['worst'] = null;
  for (const state of states) {
    const useShare = shareOf(state);
    if (useShare !== null && (worst === null || useShare > worst.useShare)) {
      worst = { repositoryId: state.repositoryId, useShare };
    }
  }
  return worst;
}

function shareOf({ capacityBytes, freeBytes }: RepositoryState): number | null {
  if (capacityBytes === null || freeBytes === null) return null;
  if (!(capacityBytes > 0) || !(freeBytes >= 0) || freeBytes > capacityBytes) return null;
  return 1 - freeBytes / capacityBytes;
}

function byId(a: RepositoryState, b: RepositoryState): number {
  return a.repositoryId < b.repositoryId ? -1 : 1;
}
