import type { Storage } from '../history/storage.ts';
import { unit } from '../random.ts';
import type { Draft, SpacePlan } from '../scenarios/draft.ts';
import { TIB } from './repositories.ts';
import { isUnlimited, volumeBytes } from './space.ts';
import type { Estate, Repository } from './types.ts';

const STEP = TIB / 8;
const GIB = 2 ** 30;

/**
 * Gives each volume a size at which it is about half to two thirds full now, as full as the scenario wants it, or full on
 * the day that the scenario wants it to be.
 */
export function setCapacities(draft: Draft, storage: Storage): void {
  const { estate, settings, now, fullness, plans } = draft;
  const used = storage.usedBytes(now);
  for (const one of estate.repositories.filter(isSecondTier)) {
    one.foreignBytes = Math.floor(offloadable(estate, used) * (one.extent?.tier === 'Capacity' ? 0.6 : 0.3));
  }
  const capacities = new Map<number, number>();
  for (const { index, volume } of estate.repositories) {
    if (capacities.has(volume)) continue;
    const plan = plans.find(({ repository, size }) => repository === index && size);
    if (plan?.size) {
      capacities.set(volume, plannedBytes(draft, storage, plan));
      continue;
    }
    const wanted = fullness.get(index);
    const share = wanted ?? 0.48 + 0.2 * unit(settings.seed, 801, volume);
    const bytes = Math.max(volumeBytes(estate, used, volume, now), GIB);
    const fine = stepOf(estate.repositories[index], wanted);
    capacities.set(volume, Math.ceil(bytes / share / fine) * fine);
  }
  for (const one of estate.repositories)
    if (!isUnlimited(one)) one.capacityBytes = capacities.get(one.volume) ?? 0;
  for (const plan of plans) addChanges(draft, storage, plan);
}

/** The tiers below a performance tier that keeps everything hold copies: nobody's files are there alone. */
const isSecondTier = ({ extent }: Repository) =>
  (extent?.tier === 'Capacity' || extent?.tier === 'Archive') && extent.scaleOut === 0;

function plannedBytes({ estate, dayAt }: Draft, storage: Storage, { repository, size }: SpacePlan): number {
  const one = estate.repositories[repository];
  if (!one || !size) return GIB;
  const at = dayAt(size.day);
  const bytes = volumeBytes(estate, storage.usedBytes(at), one.volume, at);
  const step = one.kind === 'S3Compatible' ? TIB : GIB;
  return Math.max(step, Math.ceil(bytes / size.share / step) * step);
}

/** What the scenario has in store for a repository: a larger volume, or someone who fills it with other data. */
function addChanges({ estate }: Draft, storage: Storage, { repository, expansion, fill }: SpacePlan): void {
  const one = estate.repositories[repository];
  if (!one) return;
  const { capacityBytes, volume } = one;
  const changes = [...(one.changes ?? [])];
  if (expansion)
    changes.push({
      at: expansion.at,
      capacityBytes: Math.ceil((capacityBytes * expansion.factor) / GIB) * GIB,
    });
  if (fill) {
    const others = volumeBytes(estate, storage.usedBytes(fill.at), volume, fill.at) - one.foreignBytes;
    const foreignBytes = Math.max(one.foreignBytes, Math.floor(capacityBytes * fill.share - others));
    changes.push({ at: fill.at, foreignBytes });
  }
  if (changes.length > 0) one.changes = changes.sort((a, b) => a.at - b.at);
}

/** The limit of object storage is set in whole terabytes. */
function stepOf(one: Repository | undefined, wanted: number | undefined): number {
  if (one?.kind === 'S3Compatible') return TIB;
  return wanted === undefined ? STEP : STEP / 512;
}

/** Bytes on the performance tier, of which a part is on the other tiers as well. */
const offloadable = (estate: Estate, used: number[]) =>
  estate.repositories.reduce(
    (sum, { index, extent }) =>
      sum + (extent?.tier === 'Performance' && extent.scaleOut === 0 ? (used[index] ?? 0) : 0),
    0,
  );
