import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CompleteRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { completeArgument } from './completion.ts';
import type { ToolContext } from './registry.ts';
import type { Prompt } from './registry-prompts.ts';
import type { ResourceTemplate } from './registry-resources.ts';

export type Completable = {
  prompts: () => Promise<readonly Prompt[]>;
  templates: () => Promise<readonly ResourceTemplate[]>;
};

type WithContext = <T>(
  what: string,
  signal: AbortSignal,
  work: (context: ToolContext) => Promise<T>,
) => Promise<T>;

/** Completion of arguments of prompts and templates on the SDK's server. */
export function serveCompletion(server: Server, known: Completable, guarded: WithContext): void {
  server.registerCapabilities({ completions: {} });
  server.setRequestHandler(CompleteRequestSchema, ({ params }, { signal }) =>
    guarded('completion', signal, async (context) => {
      const { ref, argument } = params;
      const question = {
        ref: {
          type: ref.type,
          name: 'name' in ref ? ref.name : undefined,
          uri: 'uri' in ref ? ref.uri : undefined,
        },
        argument: argument.name,
        typed: argument.value,
        chosen: params.context?.arguments ?? {},
      };
      const all = { prompts: await known.prompts(), templates: await known.templates() };
      const { values, total } = await completeArgument(all, question, context);
      return { completion: { values, total, hasMore: total > values.length } };
    }),
  );
}
