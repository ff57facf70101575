import assert from 'node:assert/strict';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Json, RawApi } from './raw-api.ts';

export type Facts = Record<string, unknown>;

const HOUR = 3_600_000;
const GIB = 2 ** 30;
const seconds = (time: string) => time.replace(/\.\d+Z$/, 'Z');

/**
 * What a right answer says, by name: from the truth of the simulated estate and from what its servers answer. Nothing of the
 * product has a part in it.
 */
export async function gatherFacts(simulator: Simulator, api: RawApi): Promise<Facts> {
  const facts: Facts = { ...(await veeamFacts(simulator, api)), ...(await azureFacts(simulator, api)) };
  const sum = (a: string, b: string) => Number(facts[a]) + Number(facts[b]);
  return {
    ...facts,
    'protections.count': sum('machines.count', 'items.count'),
    'owners.count': sum('owners.veeam', 'items.count'),
  };
}

type Finding = Simulator['truth']['findings']['health'][number];

async function veeamFacts({ truth, url }: Simulator, api: RawApi): Promise<Facts> {
  const of = (kind: string, level?: string) =>
    truth.findings.health.filter((one) => one.kind === kind && (level === undefined || one.level === level));
  const ids = (found: readonly Finding[]) => found.map(({ entity }) => entity.id);
  const names = (found: readonly Finding[]) => found.map(({ entity }) => entity.name);
  const injected = (kind: string) => {
    const found = truth.injections.find((one) => one.kind === kind);
    assert.ok(found, kind);
    return found;
  };
  const failing = of('JOB_FAILING');
  const vss = failing.find(({ cause }) => cause?.text === 'VSS');
  const silent = of('JOB_SILENT')[0];
  const proxy = of('PROXY_OFFLINE')[0];
  const full = injected('repository-full');
  assert.ok(vss && silent && proxy && full.cause?.id);
  const jobs = await api.veeam('/jobs/states');
  const spaces = await api.veeam('/backupInfrastructure/repositories/states');
  const space = spaces.find(({ id }) => id === full.cause?.id) ?? {};
  const points = await api.veeam('/restorePoints');
  const backups = await api.veeam('/backups');
  const licence = await api.veeamOne('/license');
  const recovery = truth.findings.recovery;
  assert.ok(recovery);
  const well =
    jobs.find(({ lastResult, type }) => lastResult === 'Success' && type === 'VSphereBackup') ?? {};
  const tested = recovery.workloads.filter(({ isTested }) => isTested);
  const vssMachine = /only (\S+) fails/.exec(injected('vss-one-guest').note ?? '')?.[1] ?? '';
  const sessions = await api.veeam(`/sessions?jobIdFilter=${vss.entity.id}`);
  const lastFailed = sessions
    .filter(({ result }) => (result as Json).result === 'Failed')
    .toSorted((a, b) => String(a.creationTime).localeCompare(String(b.creationTime)))
    .at(-1);
  const infected = of('MALWARE_DETECTED', 'Infected');
  const clean = recovery.workloads.find(({ name }) => name === infected[0]?.entity.name)?.lastClean;
  return {
    server: new URL(url).hostname,
    'jobs.count': jobs.length,
    'owners.veeam': new Set(backups.map(({ jobId, id }) => jobId ?? id)).size,
    'jobs.enabled': jobs.filter(({ status }) => status !== 'Disabled').length,
    'jobs.failing': ids(failing),
    'jobs.failing.count': failing.length,
    'jobs.breached': ids(of('JOB_STALE', 'BREACHED')),
    'jobs.well.id': well.id,
    'jobs.well.name': well.name,
    'jobs.retrying': ids(of('RETRY_DEPENDENT')),
    'jobs.patterned': ids(of('TIMING_PATTERN')),
    'jobs.unhealthy.count': new Set(ids([...failing, ...of('JOB_STALE')])).size,
    'vss.id': vss.entity.id,
    'vss.name': vss.entity.name,
    'vss.since': seconds(vss.since ?? ''),
    'vss.machine': vssMachine,
    'vss.session': lastFailed?.id,
    'silent.id': silent.entity.id,
    'silent.name': silent.entity.name,
    'silent.since': seconds(silent.since ?? ''),
    'proxy.id': proxy.entity.id,
    'proxy.name': proxy.entity.name,
    'proxy.jobs': injected('proxy-down').jobs,
    'proxy.job': injected('proxy-down').jobs?.[0],
    'proxy.jobs.count': injected('proxy-down').jobs?.length,
    'full.id': full.cause.id,
    'full.name': full.cause.text,
    'full.jobs': full.jobs,
    'full.job': full.jobs?.[0],
    'full.jobs.count': full.jobs?.length,
    'full.bytes': Math.round(Number(space.capacityGB) * GIB),
    'full.bytes.more': Math.round(Number(space.capacityGB) * GIB) + 10 * 1024 * GIB,
    'full.machines.count': recovery.workloads.filter(({ locations }) =>
      locations.some(({ repositoryId }) => repositoryId === full.cause?.id),
    ).length,
    'full.percent': round(
      ((Number(space.capacityGB) - Number(space.freeGB)) / Number(space.capacityGB)) * 100,
      1,
    ),
    'incident.count': of('INCIDENT').length,
    'malware.machines': names(of('MALWARE_DETECTED')),
    'malware.count': of('MALWARE_DETECTED').length,
    'malware.infected': names(infected),
    'malware.one': infected[0]?.entity.name,
    'malware.job': injected('ransomware').jobs?.[0],
    'malware.since': infected[0]?.since?.slice(0, 16),
    'malware.clean': clean?.id,
    'licence.until': String(licence.expirationDate).slice(0, 10),
    'licence.kinds': of('LICENSE_EXPIRING').length,
    'analyzer.count': of('ANALYZER_VIOLATION').length,
    'analyzer.rules': names(of('ANALYZER_VIOLATION')),
    'machines.count': recovery.workloads.length,
    'machines.untested.count': recovery.untested.length,
    'machines.untested.one': recovery.untested[0],
    'machines.tested.count': tested.length,
    'machine.name': tested[0]?.name,
    'machine.newest': newestOf(points, tested[0]?.name),
    'silent.machines': recovery.breaches
      .filter(({ reason }) => reason === 'JOB_SILENT')
      .map(({ name }) => name),
    'repositories.online': spaces.filter(({ isOnline }) => isOnline === true).length,
    'repositories.offline': spaces.filter(({ isOnline }) => isOnline === false).length,
    now: truth.now,
    'hours.since.silent': round((Date.parse(truth.now) - Date.parse(silent.since ?? '')) / HOUR, 0),
  };
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Creation of the newest restore point of a machine, to the second. */
function newestOf(points: readonly Json[], machine: string | undefined): string {
  const times = points
    .filter(({ name }) => name === machine)
    .map(({ creationTime }) => new Date(String(creationTime)).toISOString());
  return seconds(times.toSorted().at(-1) ?? '');
}

async function azureFacts({ truth }: Simulator, api: RawApi): Promise<Facts> {
  const azure = truth.findings.azure;
  assert.ok(azure);
  const of = (kind: string) => azure.findings.filter((one) => one.kind === kind);
  const short = (found: readonly Finding[]) => found.map(({ entity }) => entity.name.split(';').at(-1) ?? '');
  const failing = of('AZURE_ITEM_FAILING');
  const items = await Promise.all(
    azure.vaults.map(({ id }) => api.azure(`${id}/backupProtectedItems?api-version=2025-02-01`)),
  );
  const weak = of('AZURE_SOFT_DELETE_OFF')[0]?.entity.name;
  const pair = azure.pairs.find(({ same }) => same);
  assert.ok(failing[0] && pair);
  return {
    'vaults.names': azure.vaults.map(({ name }) => name),
    'vaults.count': azure.vaults.length,
    'vault.name': azure.vaults[0]?.name,
    'vault.items': items[0]?.length,
    'vault.weak': weak,
    'items.count': items.flat().length,
    'items.failing': short(failing),
    'items.failing.count': failing.length,
    'items.failing.one': short(failing)[0],
    'items.failing.why': failing[0].cause?.text,
    'items.failing.code': failing[0].cause?.id,
    'items.stopped': short(of('AZURE_PROTECTION_STOPPED')),
    'items.deleted': short(of('AZURE_SOFT_DELETED')),
    'items.off': [...short(of('AZURE_PROTECTION_STOPPED')), ...short(of('AZURE_SOFT_DELETED'))],
    'items.pending': short(of('AZURE_NEVER_BACKED_UP')),
    'items.pending.one': short(of('AZURE_NEVER_BACKED_UP'))[0],
    'items.late': short(of('AZURE_RPO_BREACH')),
    'items.silent': short(of('AZURE_RPO_BREACH')).filter((name) => !short(failing).includes(name)),
    'azure.unprotected': of('AZURE_VM_UNPROTECTED').map(({ entity }) => entity.name),
    'azure.unprotected.count': of('AZURE_VM_UNPROTECTED').length,
    'both.name': pair.veeam.name,
  };
}
