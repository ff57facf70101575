import type { AzureClient } from '../../src/azure/client.ts';
import { type AzureVirtualMachine, listVirtualMachines } from '../../src/azure/virtual-machines.ts';
import { createReading, type Reading } from '../../src/reading.ts';

type MachineList = { machines: AzureVirtualMachine[]; reading: Reading };

/** The virtual machines of a subscription, asked for once per cycle however many vaults protect some. @throws SourceError */
export type MachineLists = (subscriptionId: string) => Promise<MachineList>;

/** Nothing is asked before the first question. */
export function createMachineLists(client: AzureClient): MachineLists {
  const lists = new Map<string, Promise<MachineList>>();
  return (subscriptionId) => {
    const known = lists.get(subscriptionId) ?? readAll(client, subscriptionId);
    lists.set(subscriptionId, known);
    return known;
  };
}

async function readAll(client: AzureClient, subscriptionId: string): Promise<MachineList> {
  const reading = createReading('virtualMachines');
  const machines: AzureVirtualMachine[] = [];
  for await (const { items } of listVirtualMachines(client, subscriptionId, { reading }))
    machines.push(...items);
  return { machines, reading };
}
