import { SourceError } from '../../src/errors.ts';
import type { AnyCollection } from '../../src/pipeline/worker.ts';

/** Trouble of one endpoint alone. */
const OF_ONE_ENDPOINT = new Set(['forbidden', 'not-found', 'rejected', 'server-error', 'bad-answer']);

/** Whether a run that can do without the endpoint goes on. */
export const isOfOneEndpoint = (error: unknown): boolean =>
  error instanceof SourceError && OF_ONE_ENDPOINT.has(error.code);

/** The same collection for a worker that can do without it: what failed is on record, and the run goes on. */
export function optional<Source>(collection: AnyCollection<Source>): AnyCollection<Source> {
  return {
    ...collection,
    optional: true,
    collect: async (context) => {
      try {
        await collection.collect(context);
      } catch (error) {
        if (!(error instanceof SourceError && isOfOneEndpoint(error))) throw error;
        context.log.warn({ endpoint: collection.endpoint, code: error.code }, 'endpoint left out');
      }
    },
  };
}
