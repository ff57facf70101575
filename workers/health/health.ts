import type { Worker } from '../../src/pipeline/worker.ts';
import type { VeeamSource } from '../veeam-source.ts';
import { conclude } from './conclude.ts';
import { jobStates } from './jobs.ts';
import { openSessions, sessionsAgain, sessionsByCreation, sessionsByEnd } from './sessions.ts';

/** F1: whether jobs run, how reliably, since when not and why, and whether the server itself is in order. */
export const health: Worker<VeeamSource> = {
  name: 'health',
  collections: [jobStates, sessionsByCreation, sessionsByEnd, sessionsAgain, openSessions],
  conclude,
};
