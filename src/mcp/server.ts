import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type Tool as ListedTool,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { Log } from '../log.ts';
import { callTool, type Tool } from './registry.ts';
import type { Store } from './store.ts';

export type ServerOptions = {
  version: string;
  instructions: string;
  tools: readonly Tool[];
  /** Opened by whoever calls it first. */
  store: () => Promise<Store>;
  log: Log;
  clock: () => Date;
};

export type DrMcpServer = {
  mcp: McpServer;
  /** Resolves when no call is under way. */
  idle: () => Promise<void>;
};

/** Levels of an output schema that are listed; deeper ones are checked here, and a client is not charged for them. */
const LISTED_DEPTH = 1;

/**
 * The registry on the SDK's server. The SDK's own handlers for tools are replaced, because they hand out schemas in full
 * and errors as raw validation issues and exception messages.
 */
export function createMcpServer({
  version,
  instructions,
  tools,
  store,
  log,
  clock,
}: ServerOptions): DrMcpServer {
  const underWay = new Set<Promise<unknown>>();
  const mcp = new McpServer(
    { name: 'dr365', title: 'dr365 backup risk intelligence', version },
    { instructions, capabilities: { tools: {} } },
  );
  const listed = tools.map(toListed);
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const read: Store['read'] = async (work) => (await store()).read(work, signal);
    const readRisk: Store['readRisk'] = async (work) => (await store()).readRisk(work, signal);
    const context = { now: clock(), read, readRisk };
    const call = callTool(tools, { name: params.name, args: params.arguments }, context, log);
    underWay.add(call);
    const result = await call.finally(() => underWay.delete(call));
    const content = [{ type: 'text' as const, text: result.text }];
    return result.isError ? { content, isError: true } : { content, structuredContent: result.structured };
  });
  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return { mcp, idle };
}

function toListed(tool: Tool): ListedTool {
  const { name, title, description, annotations } = tool;
  const inputSchema = z.toJSONSchema(tool.input, {
    target: 'draft-7',
    io: 'input',
  }) as ListedTool['inputSchema'];
  const output = z.toJSONSchema(tool.output, { target: 'draft-7', io: 'output' });
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema: cutSchema(output, LISTED_DEPTH) as ListedTool['outputSchema'],
    annotations,
  };
}

type Schema = z.core.JSONSchema.BaseSchema;

/** The schema with objects below `depth` left open, and without the words that only repeat the defaults. */
function cutSchema(schema: Schema, depth: number): Schema {
  const {
    properties,
    items,
    anyOf,
    additionalProperties: _closed,
    required,
    $schema: _draft,
    ...rest
  } = schema;
  const inner = (part: unknown, at: number) => cutSchema(part as Schema, at);
  const cut: Schema = { ...rest };
  if (anyOf) cut.anyOf = anyOf.map((part) => inner(part, depth));
  if (items && !Array.isArray(items)) cut.items = inner(items, depth);
  if (properties && depth > 0) {
    cut.properties = Object.fromEntries(
      Object.entries(properties).map(([key, part]) => [key, inner(part, depth - 1)]),
    );
    if (required) cut.required = required;
  }
  return cut;
}
