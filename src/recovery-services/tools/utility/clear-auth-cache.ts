import * as z from 'zod';
import { defineLocal } from '../../registry.ts';

export const clearAuthCacheTool = defineLocal({
  name: 'clear_auth_cache',
  category: 'utility',
  title: 'Forget sign-ins',
  description:
    'Drops the credential and tokens of this process, and the tokens it has kept for later; the next call signs in anew. It changes nothing in Azure.',
  role: 'Backup Reader',
  input: z.object({
    cloud: z
      .enum(['public', 'us-government', 'china'])
      .optional()
      .describe('Only if this cloud is the one in use'),
  }),
  data: z.object({ cleared: z.number().describe('Credentials and tokens that were dropped') }),
  answer: async ({ cloud }, { settings, forgetTokens, warn }) => {
    const used = settings.azure.cloud ?? 'public';
    if (cloud !== undefined && cloud !== used) {
      warn(`Nothing was cleared: the cloud in use is ${used}.`);
      return { summary: 'Nothing was cleared.', data: { cleared: 0 } };
    }
    const cleared = forgetTokens();
    return { summary: `Cleared: ${cleared}.`, data: { cleared } };
  },
});
