import type { Worker } from '../../src/pipeline/worker.ts';
import { azureItems } from '../azure/items.ts';
import { azureJobs } from '../azure/jobs.ts';
import { azureMachines } from '../azure/machines.ts';
import { azurePoints } from '../azure/points.ts';
import { azurePolicies } from '../azure/policies.ts';
import { azureRestores } from '../azure/restores.ts';
import { azureOpenJobs } from '../azure/single-jobs.ts';
import type { AzureSource } from '../azure/source.ts';
import { azureThrottle } from '../azure/throttle.ts';
import { azureUsages } from '../azure/usages.ts';
import { azureVault } from '../azure/vault.ts';
import { optional } from '../shared/optional.ts';
import { whenStale } from '../shared/when-stale.ts';
import { conclude } from './conclude.ts';

/** How old what other workers read may be, as for a backup server. */
const JOB_HOURS = 3;
const PLACE_HOURS = 26;
const MACHINE_HOURS = 20;

/** The same questions to a vault of Azure Backup. */
export const azureRto: Worker<AzureSource> = {
  name: 'rto',
  collections: [
    azureVault,
    optional(whenStale(azureUsages, PLACE_HOURS)),
    optional(whenStale(azurePolicies, PLACE_HOURS)),
    whenStale(azureItems, JOB_HOURS),
    optional(whenStale(azureJobs, JOB_HOURS)),
    optional(whenStale(azureOpenJobs, JOB_HOURS)),
    whenStale(azureMachines, MACHINE_HOURS),
    // Most of the requests are for these; what comes after them keeps its share.
    azurePoints,
    azureRestores,
    azureThrottle,
  ],
  conclude,
};
