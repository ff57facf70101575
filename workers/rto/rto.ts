import type { Worker } from '../../src/pipeline/worker.ts';
import { RECOVERY_SESSION_TYPES } from '../../src/veeam/enums.ts';
import { jobStates } from '../health/jobs.ts';
import { backups } from '../shared/backups.ts';
import { backupObjects } from '../shared/objects.ts';
import { optional } from '../shared/optional.ts';
import { repositoryDefinitions, repositoryStates } from '../shared/repositories.ts';
import { restorePoints } from '../shared/restore-points.ts';
import { sessionPasses } from '../shared/session-passes.ts';
import { whenStale } from '../shared/when-stale.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { conclude } from './conclude.ts';
import { restoreMounts } from './mounts.ts';
import { objectPoints } from './object-points.ts';
import { objectsWithoutPoints } from './objects-without-points.ts';
import { proxyLimits } from './proxies.ts';
import { replicaPoints, replicas } from './replicas.ts';
import { recoveryTasks } from './tasks.ts';

/** How old what other workers read may be: whether a job ended well has to be as new as the points. */
const JOB_HOURS = 3;
const PLACE_HOURS = 26;

/** F4: what can be restored from when, how fast, what has proven it, and what has never been tried. */
export const rto: Worker<VeeamSource> = {
  name: 'rto',
  collections: [
    // What machines have as points and trials is known without these.
    optional(whenStale(jobStates, JOB_HOURS)),
    optional(whenStale(repositoryStates, PLACE_HOURS)),
    whenStale(repositoryDefinitions, PLACE_HOURS),
    proxyLimits,
    whenStale(backups, JOB_HOURS),
    backupObjects,
    whenStale(objectsWithoutPoints, JOB_HOURS),
    restorePoints,
    objectPoints,
    replicas,
    replicaPoints,
    ...sessionPasses({ worker: 'rto', name: 'recovery sessions', types: RECOVERY_SESSION_TYPES }),
    restoreMounts,
    ...recoveryTasks,
  ],
  conclude,
};
