import { type AzureContainer, listContainers } from '../../src/azure/containers.ts';
import { defineCollection } from '../../src/pipeline/collect.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import { addReading, createReading } from '../../src/reading.ts';
import { type FactRow, markVanished, storeFacts } from '../shared/facts.ts';
import type { AzureSource } from './source.ts';

const seen = new WeakMap<RunContext<AzureSource>, Set<string>>();

/** Machines and storage accounts that hold protected items, of each kind of which the vault has items. */
export const azureContainers = defineCollection<AzureSource, AzureContainer, FactRow<'azure_container'>>(
  'health',
  {
    endpoint: 'backupProtectionContainers',
    optional: true,
    extract: async function* (context, _since, reading) {
      const { client, ref } = context.source;
      const ids = new Set<string>();
      seen.set(context, ids);
      let isComplete = true;
      for (const backupManagementType of await managementTypes(context)) {
        const part = createReading(reading.endpoint);
        try {
          for await (const { items } of listContainers(client, ref, {
            backupManagementType,
            reading: part,
          })) {
            for (const item of items) ids.add(toContainerId(item));
            yield { rows: items };
          }
        } finally {
          addReading(reading, part);
        }
        isComplete &&= part.complete;
        reading.reason ??= part.reason;
      }
      reading.complete = isComplete;
    },
    transform: (containers) => containers.map(toContainerRow),
    load: (trx, rows, context) => storeFacts(trx, 'azure_container', 'container_id', rows, context),
    finish: async (trx, context) => {
      await markVanished(trx, 'azure_container', 'container_id', context, seen.get(context) ?? []);
    },
  },
);

/** The list has to be asked for one kind at a time. */
async function managementTypes({ db, sourceId }: RunContext<AzureSource>): Promise<string[]> {
  const rows = await db
    .selectFrom('azure_item')
    .select('management_type')
    .distinct()
    .where('source_id', '=', sourceId)
    .where('vanished_at', 'is', null)
    .where('management_type', 'is not', null)
    .orderBy('management_type')
    .execute();
  return rows.flatMap(({ management_type }) => management_type ?? []);
}

const toContainerId = ({ parts, name }: AzureContainer): string => (parts.container ?? name).toLowerCase();

function toContainerRow(container: AzureContainer): FactRow<'azure_container'> {
  const count = container.protectedItemCount;
  return {
    container_id: toContainerId(container),
    name: container.friendlyName ?? container.name,
    management_type: container.backupManagementType ?? null,
    container_type: container.containerType ?? null,
    registration_status: container.registrationStatus ?? null,
    health_status: container.healthStatus ?? null,
    resource_key: container.sourceResourceId ?? container.virtualMachineId ?? null,
    items_count: count !== undefined && Number.isInteger(count) ? count : null,
  };
}
