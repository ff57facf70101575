import { currentRun, type RunIdentity } from './run-context.ts';

/** What somebody may want to count. Who does the work tells of it here and knows nothing of who listens, if anybody does. */
export type Signal<T> = {
  send: (message: T) => void;
  /** @returns ends the listening */
  listen: (listener: (message: T, run: Readonly<RunIdentity> | undefined) => void) => () => void;
};

/** A run that ended, of whatever status but `busy`. */
export const runEnded = createSignal<{
  worker: string;
  source: string;
  status: string;
  rowsLoaded: number;
  seconds: number;
}>();

/** One request to a source, retries included. `status` is undefined where no answer came. */
export const requestSent = createSignal<{
  upstream: string;
  status: number | undefined;
  isRetry: boolean;
  isThrottled: boolean;
}>();

/** How a circuit breaker of a connection to a source stands. There may be several for an upstream, and each lasts as long as its run. */
export const breakerChanged = createSignal<{ upstream: string; breaker: object; isOpen: boolean }>();

/** A call of an MCP tool. `tool` is undefined for a name that no tool has, which a client is free to make up. */
export const toolCalled = createSignal<{ tool: string | undefined; outcome: string; seconds: number }>();

/** A notification was sent or not. */
export const notificationTried = createSignal<{ outcome: 'sent' | 'retried' | 'given_up' }>();

function createSignal<T>(): Signal<T> {
  const listeners = new Set<Parameters<Signal<T>['listen']>[0]>();
  return {
    send: (message) => {
      // Whoever counts must not be able to fail the work that is counted.
      for (const listener of listeners) {
        try {
          listener(message, currentRun());
        } catch {
          listeners.delete(listener);
        }
      }
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
