import type { Worker } from '../../src/pipeline/worker.ts';
import type { AzureSource } from '../azure/source.ts';
import { azureThrottle } from '../azure/throttle.ts';
import { azureUsages } from '../azure/usages.ts';
import { azureVault } from '../azure/vault.ts';
import { conclude } from './conclude.ts';

/** What vaults of Azure Backup hold and cost. They have no limit, so none of them is ever full. */
export const azureCapacity: Worker<AzureSource> = {
  name: 'capacity',
  collections: [azureVault, azureUsages, azureThrottle],
  conclude,
};
