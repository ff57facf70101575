import type { KnownMachine } from '../../src/analysis/machines/machine.ts';
import { matchMachines } from '../../src/analysis/machines/match.ts';
import { type Measurement, round } from './measurement.ts';

const SIZE = { servers: 20_000, items: 5_000, vaults: 20 };
const CUSTOMERS = 40;

/** Machines of a large server against those of twenty vaults: half of the latter are on the server too, by id or by full name. */
export async function* benchMachines(): AsyncGenerator<Measurement> {
  const machines = [...serverMachines(), ...vaultMachines()];
  matchMachines(machines.slice(0, 2_000));
  const begun = performance.now();
  const { matches, groups } = matchMachines(machines);
  const seconds = (performance.now() - begun) / 1000;
  yield { what: 'joining machines', value: round(seconds, 2), unit: 's', ...SIZE, joined: groups.length };
  yield {
    what: 'joining machines: questions left',
    value: matches.filter(({ verdict }) => verdict === 'UNSURE').length,
    unit: 'pairs',
  };
}

const uuid = (index: number) =>
  `${(index * 7919).toString(16).padStart(8, '0').slice(-8)}-1111-4222-8333-${index.toString(16).padStart(12, '0')}`;
const fullName = (index: number) => `srv${index}.customer${index % CUSTOMERS}.net`;

function serverMachines(): KnownMachine[] {
  return Array.from({ length: SIZE.servers }, (_, index) => ({
    sourceId: 'vbr',
    workloadId: `VMware/vm-${index}`,
    // Every customer has its web-01.
    name: index % 50 === 0 ? `web-${index % 7}` : `srv${index}`,
    isWhole: true,
    osFamily: null,
    sizeBytes: null,
    keys: [
      { kind: 'BIOS_UUID', value: uuid(index) },
      { kind: 'FQDN', value: fullName(index) },
      { kind: 'HOST_NAME', value: `srv${index}` },
    ],
  }));
}

function vaultMachines(): KnownMachine[] {
  return Array.from({ length: SIZE.items }, (_, index) => ({
    sourceId: `azure:vault${index % SIZE.vaults}:abcdef`,
    workloadId: `azure/vm/${index}`,
    name: index % 50 === 0 ? `web-${index % 7}` : `cloud${index}`,
    isWhole: true,
    osFamily: null,
    sizeBytes: null,
    keys: [
      {
        kind: 'AZURE_RESOURCE',
        value: `/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/cloud${index}`,
      },
      ...(index % 4 === 0 ? [{ kind: 'BIOS_UUID' as const, value: uuid(index) }] : []),
      ...(index % 4 === 1 ? [{ kind: 'FQDN' as const, value: fullName(index) }] : []),
    ],
  }));
}
