import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { listedTools } from './listed-tools.ts';
import type { ServerOptions } from './server.ts';
import type { Store } from './store.ts';
import { programVersion } from './version.ts';

/** A store that the first question opens. */
export type LazyStore = { open: () => Promise<Store>; close: () => Promise<void> };

/** What is served, whatever the transport. */
export function toServerOptions(store: LazyStore, log: Log, clock: () => Date): ServerOptions {
  return {
    version: programVersion(),
    instructions: INSTRUCTIONS,
    listed: listedTools,
    tools: async () => (await import('./tools.ts')).TOOLS,
    offers: {
      prompts: async () => (await import('./prompts.ts')).PROMPTS,
      resources: async () => (await import('./resources.ts')).RESOURCES,
      templates: async () => (await import('./resources.ts')).RESOURCE_TEMPLATES,
    },
    store: store.open,
    log,
    clock,
  };
}

/** The configured database, whose code is not even loaded before the first question. */
export function lazyStore(config: Config, log: Log): LazyStore {
  let store: Promise<Store> | undefined;
  const open = () => {
    store ??= import('./store.ts').then(({ createStore }) => createStore(config.database, log));
    return store;
  };
  return { open, close: async () => (await store)?.close() };
}
