import type { Worker } from '../../src/pipeline/worker.ts';
import { backupFiles } from '../shared/backup-files.ts';
import { backups } from '../shared/backups.ts';
import { repositoryDefinitions, repositoryStates } from '../shared/repositories.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { conclude } from './conclude.ts';
import { jobRetention } from './job-retention.ts';
import { scaleOutRepositories } from './scale-out.ts';

/** F2: how full repositories are, when they will be, who fills them, and when what is stored is released. */
export const capacity: Worker<VeeamSource> = {
  name: 'capacity',
  collections: [
    repositoryStates,
    repositoryDefinitions,
    scaleOutRepositories,
    backups,
    jobRetention,
    backupFiles,
  ],
  conclude,
};
