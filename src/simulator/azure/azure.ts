import { isAgent } from '../api/platforms.ts';
import type { ServerCertificate } from '../certificate.ts';
import { createFaults, type Fault, type Faults } from '../faults.ts';
import { hash, hashText } from '../random.ts';
import { createRequests, type Requests } from '../requests.ts';
import type { World } from '../world.ts';
import { backupJobId } from './api/jobs.ts';
import { createAzureAuth } from './auth.ts';
import type { Computer } from './pairs.ts';
import { inject } from './scenarios.ts';
import { startAzureServer } from './server.ts';
import { type AzureTruth, buildAzureTruth } from './truth.ts';
import { type AzureWorld, createAzureWorld } from './world.ts';

/** The resource manager of a made-up tenant, and what is needed to sign in to it. */
export type AzureSimulator = {
  url: string;
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** A bearer token that is good without a sign-in. */
  token: string;
  subscriptions: string[];
  world: AzureWorld;
  faults: Pick<Faults, 'add' | 'clear' | 'counts'>;
  requests: Requests;
  setCertificate: (certificate: ServerCertificate) => void;
  close: () => Promise<void>;
};

export type AzureHalf = { world: AzureWorld; truth: AzureTruth; faults: Faults };

/** The Azure half of an estate, before it is served. */
export function buildAzureHalf(vbr: World): AzureHalf {
  const { settings, clock, draft } = vbr;
  const world = createAzureWorld(settings, () => clock.ms() - draft.clockAheadMs);
  const injected = inject(settings.scenario, world, computersOf(vbr));
  addOperations(world);
  const faults = createFaults(hash(settings.seed, hashText('azure faults')));
  faults.add(...injected.faults, ...settings.azureFaults);
  return { world, truth: buildAzureTruth(injected), faults };
}

/** @throws ConfigError for a port in use */
export async function startAzure(
  { world, faults }: AzureHalf,
  certificate: ServerCertificate,
  renewCertificate: () => Promise<unknown>,
): Promise<AzureSimulator> {
  const { settings, tenantId, clientId, subscriptions } = world;
  const secret = `sim~${hash(settings.seed, 993).toString(36)}-${hash(settings.seed, 994).toString(36)}`;
  const auth = createAzureAuth({ tenantId, clientId, secret, tokenSeconds: settings.tokenSeconds });
  const requests = createRequests();
  const onFault = async ({ name }: Fault) => {
    if (name === 'expire-tokens' || name === 'lose-refresh') auth.forget();
    if (name === 'new-certificate') await renewCertificate();
  };
  const service = { world, auth, faults, onFault, record: requests.record };
  const server = await startAzureServer(service, certificate, {
    host: settings.host,
    port: settings.azurePort ?? 0,
  });
  return {
    url: `https://${settings.host}:${server.port}`,
    tenantId,
    clientId,
    clientSecret: auth.clientSecret,
    token: auth.staticToken,
    subscriptions,
    world,
    faults,
    requests,
    setCertificate: server.setCertificate,
    close: server.close,
  };
}

/** Computers with agents: of those the backup server knows the UUID of the firmware. */
function computersOf({ estate, ids }: World): Computer[] {
  const machines = new Set(
    estate.jobs
      .filter(isAgent)
      .flatMap(({ first, count }) =>
        estate.protected.slice(first, first + count).map(({ machine }) => machine),
      ),
  );
  return [...machines].map((machine) => ({
    name: estate.machines[machine]?.name ?? '',
    biosUuid: ids.of('bios', machine),
  }));
}

/** One operation of each outcome on the first item, since so far nothing can be started. */
function addOperations(world: AzureWorld): void {
  const vault = world.vaults[0];
  if (!vault) return;
  const item = world.item(vault, 0);
  const last = world.runs.last(item, world.start);
  const startedAt = last?.startedAt ?? world.start;
  const jobId = last ? { jobId: backupJobId(world, item, last.slot) } : {};
  const id = (n: number) => world.ids(vault).of('asyncTask', n);
  const error = { code: 'UserErrorVmNotFoundV2', message: 'The virtual machine was not found.' };
  world.operations.set(id(0), { status: 'Succeeded', startedAt, endedAt: startedAt + 2000, ...jobId });
  world.operations.set(id(1), { status: 'InProgress', startedAt: world.start });
  world.operations.set(id(2), { status: 'Failed', startedAt, endedAt: startedAt + 2000, error });
}
