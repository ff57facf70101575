import type { Worker } from '../../src/pipeline/worker.ts';
import { azureItems } from '../azure/items.ts';
import { azurePoints } from '../azure/points.ts';
import { azurePolicies } from '../azure/policies.ts';
import type { AzureSource } from '../azure/source.ts';
import { azureUsages } from '../azure/usages.ts';
import { azureVault } from '../azure/vault.ts';
import { optional } from '../shared/optional.ts';
import { whenStale } from '../shared/when-stale.ts';
import { concludeAzure } from './azure-conclude.ts';

/** What another worker read today is fresh enough; what a daily run read yesterday is not. */
const HOURS = 20;

/** The same questions to a vault of Azure Backup. */
export const azureEfficiency: Worker<AzureSource> = {
  name: 'efficiency',
  collections: [
    azureVault,
    optional(whenStale(azureUsages, HOURS)),
    optional(whenStale(azurePolicies, HOURS)),
    whenStale(azureItems, HOURS),
    whenStale(azurePoints, HOURS),
  ],
  conclude: concludeAzure,
};
