import type { Worker } from '../../src/pipeline/worker.ts';
import type { AzureSource } from '../azure/source.ts';
import { conclude } from './conclude.ts';

/** The same questions to a vault of Azure Backup. */
export const azureCapacity: Worker<AzureSource> = { name: 'capacity', collections: [], conclude };
