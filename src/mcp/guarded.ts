import { randomUUID } from 'node:crypto';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../log.ts';
import { AnswerError } from './errors.ts';
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
    if (error instanceof AnswerError) {
      done('refused', { reason: error.message });
      throw new McpError(ErrorCode.InvalidParams, error.message);
    }
    const reference = randomUUID().slice(0, 8);
    log.error({ err: error, reference }, 'request failed');
    done('failed', { reference });
    throw new McpError(
      ErrorCode.InternalError,
      `internal error, reference ${reference}: the log of the MCP server says more.`,
    );
  }
}
