import type { World } from '../world.ts';
import { type Call, listRoutes, type Routes } from './call.ts';
import { platformName } from './platforms.ts';
import { taskById } from './session-routes.ts';

export const SECURITY_ROUTES: Routes = {
  ...listRoutes('/api/v1/malwareDetection/events', malwareEvents, {}),
  ...listRoutes('/api/v1/malwareDetection/backupObjects', flaggedObjects, { key: 'objectId' }),
  ...listRoutes('/api/v1/authorization/events', authorizationEvents, {}),
  '/api/v1/malwareDetection/scanSessionLog/{id}': (call) => {
    const task = taskById(call);
    const name = call.world.estate.machines[task.place.machine]?.name ?? '';
    return { lines: [`Scanning ${name}`, '0 infected files found', 'Scan finished'] };
  },
};

function malwareEvents({ world, now, revision }: Call) {
  const { estate, ids, posture, stamps } = world;
  return posture.malware
    .map((event, i) => ({ event, i }))
    .filter(({ event }) => event.at <= now)
    .sort((a, b) => b.event.at - a.event.at)
    .map(({ event, i }) => {
      const place = estate.protected[event.protected];
      const link = place && world.storage.linksOf(place, now).findLast(({ created }) => created <= event.at);
      return {
        id: ids.of('malware', i),
        type: event.type,
        creationTimeUtc: stamps.utc(event.at + 90_000),
        detectionTimeUtc: stamps.utc(event.at),
        machine: {
          displayName: estate.machines[place?.machine ?? -1]?.name ?? '',
          uuid: ids.of('bios', place?.machine ?? -1),
          backupObjectId: ids.of('object', event.protected),
          ...(link && revision > 0 && { restorePointId: ids.of('point', event.protected, link.slot) }),
        },
        state: event.state,
        details: event.details,
        source: event.source,
        severity: event.severity,
        createdBy: event.source === 'Manual' ? 'CORP\\secops' : 'Veeam Backup Service',
        engine: event.source === 'External' ? 'Third-party EDR' : 'Veeam',
      };
    });
}

/** From 1.3-rev2 on: what is flagged now, one row for each machine. */
function flaggedObjects({ world, now, revision }: Call) {
  const byPlace = new Map<number, World['posture']['malware']>();
  for (const event of world.posture.malware) {
    if (event.at <= now && event.state === 'Created' && event.severity !== 'Clean') {
      byPlace.set(event.protected, [...(byPlace.get(event.protected) ?? []), event]);
    }
  }
  return [...byPlace].map(([index, events]) => {
    const place = world.estate.protected[index];
    const job = world.estate.jobs[place?.job ?? -1];
    return {
      objectId: world.ids.of('object', index),
      objectName: world.estate.machines[place?.machine ?? -1]?.name ?? '',
      detectedTime: world.stamps.zoned(Math.max(...events.map(({ at }) => at))),
      severity: events.some(({ severity }) => severity === 'Infected')
        ? 'Infected'
        : (events[0]?.severity ?? 'Suspicious'),
      platform: job ? platformName(job.kind, revision) : 'VMware',
      sourceTypes: [...new Set(events.map(({ type }) => type))],
    };
  });
}

function authorizationEvents({ world, now }: Call) {
  return world.posture.authorization
    .map((event, i) => ({ event, i }))
    .filter(({ event }) => event.createdAt <= now)
    .sort((a, b) => b.event.createdAt - a.event.createdAt)
    .map(({ event, i }) => ({
      id: world.ids.of('authorization', i),
      name: event.name,
      description: event.description,
      state: event.state,
      creationTime: world.stamps.zoned(event.createdAt),
      createdBy: 'CORP\\operator',
      expirationTime: world.stamps.zoned(event.createdAt + 7 * 86_400_000),
      ...(event.processedAt !== undefined && {
        processedBy: 'CORP\\secops',
        processedTime: world.stamps.zoned(event.processedAt),
      }),
    }));
}
