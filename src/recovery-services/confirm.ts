import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { describePlan, type Plan } from './plan.ts';

export type Consent = 'given' | 'refused' | 'cannot be asked for';
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
    const { action, content } = await server.elicitInput(
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
    return action === 'accept' && content?.confirm === true ? 'given' : 'refused';
  };
}
