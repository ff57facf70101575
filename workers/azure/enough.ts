import { SourceError } from '../../src/errors.ts';
import type { RunContext } from '../../src/pipeline/worker.ts';
import type { AzureSource } from './source.ts';

const REASONS: Partial<Record<SourceError['code'], string>> = {
  budget: 'the requests of this run are used up',
  throttled: 'Azure takes no more requests now',
};

/** Why a run has to stop asking, with what is stored so far being good: the next one goes on. null: it failed of something else. */
export const whyEnough = (error: unknown): string | null =>
  error instanceof SourceError ? (REASONS[error.code] ?? null) : null;

/** Of the requests of a run: what comes after the points has to be read too. */
const SHARE = 0.8;

/** Requests that the points of items may cost, after what the run has used so far. */
export function requestsForPoints({ source, recorder }: RunContext<AzureSource>): number {
  const used = recorder.endpoints.reduce((total, { requests }) => total + requests, 0);
  return Math.max(0, Math.floor(SHARE * source.requestBudget) - used);
}
