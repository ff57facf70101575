import { AsyncLocalStorage } from 'node:async_hooks';

/** The run that work belongs to. `runId` is undefined until its record is opened. */
export type RunIdentity = { worker: string; source: string; runId: string | undefined };

const storage = new AsyncLocalStorage<RunIdentity>();

/** Does `work` as part of a run: all that is logged and measured meanwhile, however deep below, is put down to it. */
export function withinRun<T>(run: { worker: string; source: string }, work: () => T): T {
  return storage.run({ ...run, runId: undefined }, work);
}

/** Gives the run that goes on the id of its record. */
export function nameRun(runId: string): void {
  const run = storage.getStore();
  if (run) run.runId = runId;
}

/** The run that the caller belongs to; undefined: none. */
export const currentRun = (): Readonly<RunIdentity> | undefined => storage.getStore();
