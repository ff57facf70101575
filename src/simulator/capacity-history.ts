import { isUnlimited, spaceAt, volumeBytes } from './estate/space.ts';
import type { World } from './world.ts';
import { DAY, HOUR } from './zone.ts';

/**
 * What a client would have read once a day, at noon UTC, had it been there: CSV as `import:capacity` takes it. A VBR server
 * itself shows the present only, so without this a simulated estate would have no past to forecast from.
 *
 * @param source what the client calls this server
 */
export function capacityHistory(world: World, source: string): string {
  const now = world.clock.now().getTime();
  const lines = ['source,repository,time,capacity_bytes,free_bytes'];
  const today = Math.floor(now / DAY) * DAY + 12 * HOUR;
  for (let at = today - world.settings.days * DAY; at < now; at += DAY) {
    const used = world.storage.usedBytes(at);
    for (const one of world.estate.repositories) {
      const { capacityBytes, isOnline } = spaceAt(one, at);
      const free = capacityBytes - volumeBytes(world.estate, used, one.volume, at);
      if (!isOnline || isUnlimited(one) || free < 0) continue;
      lines.push([source, one.id, new Date(at).toISOString(), capacityBytes, free].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
