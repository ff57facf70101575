import { randomUUID } from 'node:crypto';
import type { Log } from '../log.ts';
import { toAnswerError } from './errors.ts';

/** What is said of an error: to the client, and as facts in the line of the log that ends a request. */
export type Told = { outcome: 'refused' | 'failed'; text: string; facts: object };

/** The words of errors that were written for people; of all others a reference to the log, which has them in full. */
export function tell(error: unknown, log: Log): Told {
  const answer = toAnswerError(error);
  if (answer) return { outcome: 'refused', text: answer.message, facts: { reason: answer.message } };
  const reference = randomUUID().slice(0, 8);
  log.error({ err: error, reference }, 'request failed');
  const text = `internal error, reference ${reference}: the log of the MCP server (stderr) says more.`;
  return { outcome: 'failed', text, facts: { reference } };
}
