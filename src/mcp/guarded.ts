import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../log.ts';
import { tell } from './told.ts';
import { cleanText } from './untrusted.ts';

/**
 * Work for a request that is not a call of a tool: what goes wrong becomes an error of the protocol, with the words that were
 * written for people, or a reference to the log. Nothing else of an exception reaches the client.
 */
export async function guarded<T>(what: string, log: Log, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const done = (outcome: string, facts: object = {}) =>
    log.info(
      { asked: cleanText(what, 64), outcome, ms: Math.round(performance.now() - started), ...facts },
      'request answered',
    );
  try {
    const result = await work();
    done('answered');
    return result;
  } catch (error) {
    const { outcome, text, facts } = tell(error, log);
    done(outcome, facts);
    throw new McpError(outcome === 'refused' ? ErrorCode.InvalidParams : ErrorCode.InternalError, text);
  }
}
