import { isCopy } from '../estate/jobs.ts';
import type { World } from '../world.ts';
import { type Call, listRoutes, type Routes } from './call.ts';

export const LICENCE_ROUTES: Routes = {
  '/api/v1/license': licence,
  ...listRoutes('/api/v1/license/instances', ({ world }) => instances(world)),
  ...listRoutes('/api/v1/license/sockets', () => []),
  '/api/v1/license/capacity': ({ world }) => ({ workloads: shares(world) }),
};

/** Dates are at the top up to 1.3-rev1 and inside the summary from 1.3-rev2 on. */
function licence({ world, revision }: Call) {
  const { status, expiresAt, licensed } = world.posture.licence;
  const used = instances(world).length;
  const dates = {
    expirationDate: world.stamps.utc(expiresAt),
    supportExpirationDate: world.stamps.utc(expiresAt),
  };
  const capacity = shares(world).reduce((sum, { usedCapacityTb }) => sum + usedCapacityTb, 0);
  return {
    status,
    ...(revision < 2 && dates),
    type: 'Subscription',
    edition: 'EnterprisePlus',
    licensedTo: 'Example Corporation',
    instanceLicenseSummary: {
      licensedInstancesNumber: licensed,
      usedInstancesNumber: used,
      newInstancesNumber: 0,
      rentalInstancesNumber: 0,
      package: 'Advanced',
      ...(revision === 2 && dates),
    },
    ...(capacity > 0 && {
      capacityLicenseSummary: { licensedCapacityTb: Math.ceil(capacity * 1.5 + 1), usedCapacityTb: capacity },
    }),
    supportId: '01234567',
    autoUpdateEnabled: true,
    freeAgentInstanceConsumptionEnabled: false,
    cloudConnect: 'Disabled',
    IsMultiSection: false,
    proactiveSupportEnabled: true,
  };
}

/** A machine in several jobs takes one instance. */
function machinesOf(world: World) {
  const licensed = world.estate.protected.filter(({ job }) => {
    const { kind, neverRan } = world.estate.jobs[job] ?? { kind: 'nas' as const };
    return kind !== 'nas' && !isCopy(kind) && !neverRan;
  });
  return [...new Map(licensed.map((place) => [place.machine, place])).values()];
}

function instances(world: World) {
  return machinesOf(world).map(({ machine }) => {
    const about = world.estate.machines[machine];
    return {
      name: about?.name ?? '',
      hostName: about?.host ?? '',
      usedInstancesNumber: 1,
      type: 'VMware',
      instanceId: world.ids.of('workload', machine),
      platformType: 'VMware',
      canBeRevoked: true,
    };
  });
}

function shares(world: World) {
  return world.estate.jobs
    .filter(({ kind }) => kind === 'nas')
    .flatMap(({ first }) => {
      const about = world.estate.machines[world.estate.protected[first]?.machine ?? -1];
      if (!about) return [];
      const usedCapacityTb = Math.round((about.provisionedBytes * about.usedShare * 100) / 2 ** 40) / 100;
      return [
        {
          name: about.name,
          usedCapacityTb,
          type: 'FileShare',
          instanceId: world.ids.of('workload', about.index),
        },
      ];
    });
}
