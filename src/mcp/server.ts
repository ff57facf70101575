import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type Tool as ListedTool,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../log.ts';
import { callTool, type Tool } from './registry.ts';
import type { Store } from './store.ts';

export type ServerOptions = {
  version: string;
  instructions: string;
  /** What `tools/list` answers. */
  listed: () => Promise<ListedTool[]>;
  /** Loaded by the first call. */
  tools: () => Promise<readonly Tool[]>;
  /** Opened by whoever calls it first. */
  store: () => Promise<Store>;
  log: Log;
  clock: () => Date;
};

export type DrMcpServer = {
  mcp: McpServer;
  /** Resolves when nothing that was asked waits for its answer. */
  idle: () => Promise<void>;
};

/**
 * The registry on the SDK's server. The SDK's own handlers for tools are replaced, because they hand out schemas in full
 * and errors as raw validation issues and exception messages.
 */
export function createMcpServer({
  version,
  instructions,
  listed,
  tools,
  store,
  log,
  clock,
}: ServerOptions): DrMcpServer {
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const mcp = new McpServer(
    { name: 'dr365', title: 'dr365 backup risk intelligence', version },
    { instructions, capabilities: { tools: {} } },
  );
  mcp.server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: await track(listed()) }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const read: Store['read'] = async (work) => (await store()).read(work, signal);
    const readRisk: Store['readRisk'] = async (work) => (await store()).readRisk(work, signal);
    const context = { now: clock(), read, readRisk };
    const call = tools().then((known) =>
      callTool(known, { name: params.name, args: params.arguments }, context, log),
    );
    const result = await track(call);
    const content = [{ type: 'text' as const, text: result.text }];
    return result.isError ? { content, isError: true } : { content, structuredContent: result.structured };
  });
  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return { mcp, idle };
}
