import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  matchTemplate,
  type Resource,
  type ResourceContext,
  type ResourceTemplate,
} from '../registry-resources.ts';
import { cleanText, withoutHidden } from '../untrusted.ts';

/** What the specification answers for an address that nothing has. */
const NOT_FOUND = -32002;

export type ServedResources = {
  resources: () => Promise<readonly Resource[]>;
  templates: () => Promise<readonly ResourceTemplate[]>;
};

type WithContext = <T>(
  what: string,
  signal: AbortSignal,
  work: (context: ResourceContext) => Promise<T>,
) => Promise<T>;

/** Resources on the SDK's server. @param guarded gives a context, and answers what goes wrong in words for people */
export function serveResources(
  server: Server,
  { resources, templates }: ServedResources,
  guarded: WithContext,
): void {
  server.registerCapabilities({ resources: {} });
  server.setRequestHandler(ListResourcesRequestSchema, async (_request, { signal }) => ({
    resources: (await guarded('list of resources', signal, resources)).map(
      ({ read: _read, meta, ...listed }) => ({
        ...listed,
        ...(meta ? { _meta: meta } : {}),
      }),
    ),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, async (_request, { signal }) => ({
    resourceTemplates: (await guarded('list of templates', signal, templates)).map(
      ({ read: _read, complete: _complete, ...listed }) => listed,
    ),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, { signal }) => {
    const answer = await guarded('resource', signal, async (context) => {
      const found = findReader(uri, await resources(), await templates());
      return found && { ...found, text: withoutHidden(await found.read(context)) };
    });
    if (!answer) throw new McpError(NOT_FOUND, 'there is no such resource', { uri: cleanText(uri) });
    const { mimeType, meta, text } = answer;
    return { contents: [{ uri, mimeType, text, ...(meta ? { _meta: meta } : {}) }] };
  });
}

type Reader = Pick<Resource, 'mimeType' | 'meta' | 'read'>;

function findReader(
  uri: string,
  resources: readonly Resource[],
  templates: readonly ResourceTemplate[],
): Reader | undefined {
  const resource = resources.find((one) => one.uri === uri);
  if (resource) return resource;
  for (const { uriTemplate, mimeType, read } of templates) {
    const parts = matchTemplate(uriTemplate, uri);
    if (parts) return { mimeType, read: (context) => read(parts, context) };
  }
  return undefined;
}
