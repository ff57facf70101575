import * as z from 'zod';
import { loose } from '../wire/lenient.ts';
import { API_VERSIONS } from './api-versions.ts';
import type { AzureClient } from './client.ts';
import { virtualMachinePath, virtualMachinesPath } from './paths.ts';
import { orNull, type Page, type ReadOptions, readOne, readPages } from './rows.ts';
import { number, resource, text } from './wire.ts';

const disk = z.object({ diskSizeGB: number });

const machineSchema = resource({
  /** The UUID of its firmware, which it sees itself, with its bytes in one order or the other. */
  vmId: text,
  osProfile: loose(z.object({ computerName: text })),
  storageProfile: loose(
    z.object({
      osDisk: disk.extend({ osType: text }).optional(),
      dataDisks: z.array(disk).optional(),
    }),
  ),
}).transform(({ osProfile, storageProfile, ...machine }) => ({
  ...machine,
  /** As it was created; what the guest calls itself by now only the guest knows. */
  computerName: osProfile?.computerName,
  osType: storageProfile?.osDisk?.osType,
  sizeBytes: sizeOf(storageProfile?.osDisk, storageProfile?.dataDisks),
}));
/** A virtual machine. `key` is its id as items and jobs name it. */
export type AzureVirtualMachine = z.infer<typeof machineSchema>;

const KIND = { row: machineSchema, key: ({ key }: AzureVirtualMachine) => key };

/** The virtual machines of a subscription, which the role Reader may list and Backup Reader alone may not. */
export function listVirtualMachines(
  client: AzureClient,
  subscriptionId: string,
  options: ReadOptions = {},
): AsyncGenerator<Page<AzureVirtualMachine>> {
  const call = { ...options, apiVersion: API_VERSIONS.virtualMachines };
  return readPages(client, virtualMachinesPath(subscriptionId), KIND, call);
}

/** The location stands beside the properties. */
const placedSchema = z.intersection(machineSchema, z.object({ location: text }));

/** One machine with its region (`westeurope`), or null if there is none of that name. */
export function getVirtualMachine(
  client: AzureClient,
  { subscriptionId, resourceGroup, name }: { subscriptionId: string; resourceGroup: string; name: string },
  options: ReadOptions = {},
): Promise<z.infer<typeof placedSchema> | null> {
  const path = virtualMachinePath(subscriptionId, resourceGroup, name);
  const call = { ...options, apiVersion: API_VERSIONS.virtualMachines };
  return orNull(readOne(client, path, placedSchema, call), options.reading);
}

/** Bytes of all its disks as they were ordered, used or not. null: not every disk says how large it is. */
function sizeOf(
  system: { diskSizeGB?: number | undefined } | undefined,
  data: readonly { diskSizeGB?: number | undefined }[] = [],
): number | null {
  let gib = 0;
  for (const { diskSizeGB } of [system ?? {}, ...data]) {
    if (diskSizeGB === undefined || !(diskSizeGB > 0)) return null;
    gib += diskSizeGB;
  }
  return Math.round(gib * 2 ** 30);
}
