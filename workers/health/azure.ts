import type { Worker } from '../../src/pipeline/worker.ts';
import { azureContainers } from '../azure/containers.ts';
import { azureItems } from '../azure/items.ts';
import { azureJobs } from '../azure/jobs.ts';
import { azurePolicies } from '../azure/policies.ts';
import { azureJobDetails, azureOpenJobs } from '../azure/single-jobs.ts';
import type { AzureSource } from '../azure/source.ts';
import { azureThrottle } from '../azure/throttle.ts';
import { azureGuards, azureStorageConfig, azureVault, azureVaultConfig } from '../azure/vault.ts';
import { whenStale } from '../shared/when-stale.ts';
import { conclude } from './conclude.ts';

/** Settings and policies change seldom: they are asked for this often. A little less, so that a late run does not skip one. */
const SETTINGS_HOURS = 5.9;

/** The same questions to a vault of Azure Backup. */
export const azureHealth: Worker<AzureSource> = {
  name: 'health',
  collections: [
    azureVault,
    whenStale(azureVaultConfig, SETTINGS_HOURS),
    whenStale(azureStorageConfig, SETTINGS_HOURS),
    whenStale(azureGuards, SETTINGS_HOURS),
    whenStale(azurePolicies, SETTINGS_HOURS),
    azureItems,
    whenStale(azureContainers, SETTINGS_HOURS),
    azureJobs,
    azureOpenJobs,
    azureJobDetails,
    azureThrottle,
  ],
  conclude,
};
