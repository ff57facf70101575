import type { Worker } from '../../src/pipeline/worker.ts';
import { jobRetention } from '../capacity/job-retention.ts';
import { scaleOutRepositories } from '../capacity/scale-out.ts';
import { malwareEvents } from '../health/infrastructure.ts';
import { jobStates } from '../health/jobs.ts';
import { backupFiles } from '../shared/backup-files.ts';
import { backups } from '../shared/backups.ts';
import { backupObjects } from '../shared/objects.ts';
import { optional } from '../shared/optional.ts';
import { repositoryStates } from '../shared/repositories.ts';
import { restorePoints } from '../shared/restore-points.ts';
import { whenStale } from '../shared/when-stale.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { conclude } from './conclude.ts';

/** What another worker read today is fresh enough; what a daily run read yesterday is not. */
const HOURS = 20;

/** F3: how much smaller backups are than the data in them, what is unlike before, and what space could be had back. */
export const efficiency: Worker<VeeamSource> = {
  name: 'efficiency',
  // What other workers read lately is not read again; files and objects of a backup are read once a day in any case.
  collections: [
    optional(whenStale(jobStates, HOURS)),
    jobRetention,
    optional(whenStale(repositoryStates, HOURS)),
    whenStale(scaleOutRepositories, HOURS),
    backups,
    backupFiles,
    backupObjects,
    whenStale(restorePoints, HOURS),
    whenStale(malwareEvents, HOURS),
  ],
  conclude,
};
