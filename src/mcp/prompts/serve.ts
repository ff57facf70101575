import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { GetPromptRequestSchema, ListPromptsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { askPrompt, type Prompt } from '../registry-prompts.ts';

type Guard = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** Prompts on the SDK's server. @param guarded answers what goes wrong as an error that was written for people */
export function servePrompts(
  server: Server,
  prompts: () => Promise<readonly Prompt[]>,
  guarded: Guard,
): void {
  server.registerCapabilities({ prompts: {} });
  server.setRequestHandler(ListPromptsRequestSchema, async () => ({
    prompts: (await guarded('list of prompts', prompts)).map(toListed),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) =>
    guarded(`prompt ${params.name}`, async () => {
      const { description, text } = askPrompt(await prompts(), params.name, params.arguments ?? {});
      return { description, messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] };
    }),
  );
}

function toListed({ name, title, description, arguments: known }: Prompt) {
  const listed = known.map((one) => ({
    name: one.name,
    description: one.description,
    required: one.required,
  }));
  return { name, title, description, arguments: listed };
}
