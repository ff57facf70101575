import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { describePlan, type Plan } from './plan.ts';

type Consent = 'given' | 'refused' | 'cannot be asked for';
/** Asks the person at the client whether a plan may be carried out. */
export type AskConsent = (plan: Plan, signal: AbortSignal) => Promise<Consent>;

/** People read before they agree. */
const ANSWER_MS = 10 * 60_000;

/** Elicitation, where the client can do it. @see https://modelcontextprotocol.io/specification/2025-06-18/client/elicitation */
export function askConsent(server: Server): AskConsent {
  return async (plan, signal) => {
    const { elicitation } = server.getClientCapabilities() ?? {};
    // A client that names the modes it can do has forms only if they are among them.
    if (!elicitation || (Object.keys(elicitation).length > 0 && !elicitation.form))
      return 'cannot be asked for';
    const question = server.elicitInput(
      {
        message: `${describePlan(plan)}\n\nShall this be done?`,
        requestedSchema: {
          type: 'object',
          properties: {
            confirm: {
              type: 'boolean',
              title: 'Do it',
              description: 'Carry out exactly this plan',
              default: false,
            },
          },
          required: ['confirm'],
        },
      },
      { signal, timeout: ANSWER_MS },
    );
    const { action, content } = await question.catch(toNoAnswer);
    return action === 'accept' && content?.confirm === true ? 'given' : 'refused';
  };
}

/** A question that brought no answer is no consent, whatever the reason. */
function toNoAnswer(error: unknown): { action: string; content?: Record<string, unknown> } {
  if (error instanceof McpError) return { action: 'cancel' };
  throw error;
}
