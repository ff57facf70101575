import { findOperation } from '../contract/operations.ts';
import { isCopy } from '../estate/jobs.ts';
import type { Job } from '../estate/types.ts';
import { ROLES } from '../options.ts';
import type { World } from '../world.ts';
import { DAY, MINUTE } from '../zone.ts';
import type { Finder, TruthFinding } from './findings.ts';

/** Endpoints that a health worker asks. */
const HEALTH_ENDPOINTS = [
  '/api/v1/serverInfo',
  '/api/v1/jobs',
  '/api/v1/jobs/states',
  '/api/v1/sessions',
  '/api/v1/taskSessions',
  '/api/v1/backupInfrastructure/managedServers',
  '/api/v1/backupInfrastructure/proxies/states',
  '/api/v1/backupInfrastructure/repositories/states',
  '/api/v1/malwareDetection/events',
  '/api/v1/authorization/events',
  '/api/v1/securityAnalyzer/bestPractices',
  '/api/v1/securityAnalyzer/lastRun',
  '/api/v1/license',
  '/api/v1/configBackup',
];

/** What is wrong with the server and what is around it, as far as the role of the account lets anyone see. */
export function findInServer(world: World, now: number, { add }: Finder): void {
  const denied = HEALTH_ENDPOINTS.filter((path) => isDenied(world, path));
  for (const path of denied)
    add({ kind: 'ENDPOINT_FORBIDDEN', entity: { kind: 'endpoint', id: path, name: path } });
  const sees = (path: string) => !denied.includes(path);
  if (sees('/api/v1/backupInfrastructure/proxies/states')) addInfrastructure(world, add);
  if (sees('/api/v1/license')) addLicence(world, now, add);
  if (sees('/api/v1/securityAnalyzer/bestPractices')) addPractices(world, add);
  if (sees('/api/v1/malwareDetection/events')) addMalware(world, now, add);
  if (sees('/api/v1/authorization/events')) addRequests(world, now, add);
  if (sees('/api/v1/configBackup')) addConfigBackup(world, now, add);
  const ahead = world.draft.clockAheadMs;
  if (Math.abs(ahead) > 5 * MINUTE)
    add({ ...server(world, 'CLOCK_SKEW'), note: `${ahead / 1000} seconds ahead` });
}

type Add = Finder['add'];

function isDenied(world: World, path: string): boolean {
  const roles = findOperation(path, world.settings.revision)?.operation.roles[world.settings.revision] ?? '';
  return !roles.includes(ROLES[world.draft.role]);
}

const server = (world: World, kind: string): TruthFinding => ({
  kind,
  entity: { kind: 'server', id: world.ids.of('server', -1), name: 'VBR01' },
});

function addInfrastructure({ estate }: World, add: Add): void {
  for (const { id, name, kind, isOnline, isDisabled } of estate.proxies) {
    if (!isOnline && !isDisabled && kind !== 'PVE')
      add({ kind: 'PROXY_OFFLINE', entity: { kind: 'proxy', id, name } });
  }
  for (const { id, name, isAvailable } of estate.servers) {
    if (!isAvailable) add({ kind: 'SERVER_UNAVAILABLE', entity: { kind: 'server', id, name } });
  }
}

function addLicence(world: World, now: number, add: Add): void {
  const { status, expiresAt, licensed } = world.posture.licence;
  const entity = { kind: 'licence', id: '01234567', name: 'Example Corporation' };
  if (status !== 'Valid' || expiresAt < now) add({ kind: 'LICENSE_EXPIRED', entity });
  else if (expiresAt < now + 30 * DAY)
    add({ kind: 'LICENSE_EXPIRING', entity, note: new Date(expiresAt).toISOString() });
  const { jobs, protected: places } = world.estate;
  const takes = ({ kind, neverRan }: Job) => kind !== 'nas' && !isCopy(kind) && !neverRan;
  const used = new Set(
    jobs
      .filter(takes)
      .flatMap(({ first, count }) => places.slice(first, first + count))
      .map(({ machine }) => machine),
  ).size;
  if (used > licensed) add({ kind: 'LICENSE_EXCEEDED', entity, note: `${used} of ${licensed} instances` });
}

function addPractices(world: World, add: Add): void {
  if (!world.posture.analyzerHasRun) add(server(world, 'ANALYZER_NOT_RUN'));
  else {
    world.posture.practices.forEach(({ name, status }, i) => {
      if (status === 'Violation')
        add({
          kind: 'ANALYZER_VIOLATION',
          entity: { kind: 'best-practice', id: world.ids.of('practice', i), name },
        });
    });
  }
}

/** One finding for each machine, with the worst severity. */
function addMalware(world: World, now: number, add: Add): void {
  const { estate, ids, posture } = world;
  const bad = posture.malware.filter(
    ({ state, severity, at }) =>
      state === 'Created' &&
      (severity === 'Suspicious' || severity === 'Infected') &&
      at <= now &&
      at > now - 30 * DAY,
  );
  for (const index of new Set(bad.map((event) => event.protected))) {
    const events = bad.filter((event) => event.protected === index);
    const machine = estate.machines[estate.protected[index]?.machine ?? -1];
    add({
      kind: 'MALWARE_DETECTED',
      entity: { kind: 'machine', id: ids.of('bios', machine?.index ?? -1), name: machine?.name ?? '' },
      level: events.some(({ severity }) => severity === 'Infected') ? 'Infected' : 'Suspicious',
      since: new Date(Math.min(...events.map(({ at }) => at))).toISOString(),
      note: `backup object ${ids.of('object', index)}`,
    });
  }
}

function addRequests(world: World, now: number, add: Add): void {
  world.posture.authorization.forEach(({ name, state, createdAt, processedAt }, i) => {
    const entity = { kind: 'authorization-event', id: world.ids.of('authorization', i), name };
    const isRecent = (processedAt ?? createdAt) > now - 7 * DAY;
    if (state === 'Pending') add({ kind: 'AUTHORIZATION_PENDING', entity });
    if ((state === 'Rejected' || state === 'Expired') && isRecent)
      add({ kind: 'AUTHORIZATION_REJECTED', entity, level: state });
  });
}

function addConfigBackup(world: World, now: number, add: Add): void {
  const { isEnabled, isEncrypted, enabledUntil } = world.posture.configBackup;
  if (!isEnabled) add(server(world, 'CONFIG_BACKUP_DISABLED'));
  if (enabledUntil < now - 8 * DAY) add(server(world, 'CONFIG_BACKUP_STALE'));
  if (!isEncrypted) add(server(world, 'CONFIG_BACKUP_UNENCRYPTED'));
}
