import type { Worker } from '../../src/pipeline/worker.ts';
import { PROTECTION_SESSION_TYPES } from '../../src/veeam/enums.ts';
import { sessionPasses } from '../shared/session-passes.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { conclude } from './conclude.ts';
import {
  authorizationEvents,
  bestPractices,
  malwareEvents,
  managedServers,
  proxyStates,
} from './infrastructure.ts';
import { jobDefinitions, jobStates } from './jobs.ts';
import { failedTasks, failureLogs, warnedTasks } from './reasons.ts';
import { analyzerLastRun, backupServer, configBackup, license, serverInfo } from './server.ts';

/** F1: whether jobs run, how reliably, since when not and why, and whether the server itself is in order. */
export const health: Worker<VeeamSource> = {
  name: 'health',
  collections: [
    serverInfo,
    backupServer,
    jobStates,
    jobDefinitions,
    ...sessionPasses({ worker: 'health', name: 'sessions', types: PROTECTION_SESSION_TYPES }),
    failedTasks,
    warnedTasks,
    failureLogs,
    managedServers,
    proxyStates,
    malwareEvents,
    authorizationEvents,
    bestPractices,
    analyzerLastRun,
    license,
    configBackup,
  ],
  conclude,
};
