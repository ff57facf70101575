import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  type Tool as ListedTool,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Log } from '../log.ts';
import { auditLog } from './audit.ts';
import { createClientLog } from './client-log.ts';
import { guarded } from './guarded.ts';
import { withProgress } from './progress.ts';
import { servePrompts } from './prompts/serve.ts';
import { callTool, type Tool, type ToolContext, type ToolResult } from './registry.ts';
import type { ResourceContext } from './registry-resources.ts';
import { type ServedResources, serveResources } from './resources/serve.ts';
import { type Completable, serveCompletion } from './serve-completion.ts';
import type { RowMeter, Store } from './store.ts';
import { withinTime } from './time-limit.ts';
import { tell } from './told.ts';

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
  /** Loaded when they are asked for; a server without them does not offer them. */
  offers?: Offers;
  /** Who is on the other end, for the log: never a token. */
  caller?: string;
  /** How long one answer may take. */
  timeLimitMs?: number;
};

export type DrMcpServer = {
  mcp: McpServer;
  /** Resolves when nothing that was asked waits for its answer. */
  idle: () => Promise<void>;
};

/** What a person can pick, beside the tools. */
type Offers = ServedResources & Completable;

const TIME_LIMIT_MS = 60_000;

/**
 * The registry on the SDK's server. The SDK's own handlers for tools are replaced, because they hand out schemas in full
 * and errors as raw validation issues and exception messages.
 */
export function createMcpServer(options: ServerOptions): DrMcpServer {
  const { version, instructions, listed, tools, store, log, clock } = options;
  const { caller = 'stdio', timeLimitMs = TIME_LIMIT_MS } = options;
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const mcp = new McpServer(
    { name: 'dr365', title: 'dr365 backup risk intelligence', version },
    { instructions, capabilities: { tools: {}, logging: {} } },
  );
  const tellClient = createClientLog(mcp.server);
  mcp.server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: await guarded('list of tools', log, () => track(listed())),
  }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const meter: RowMeter = { rows: 0 };
    const answer = async (signal: AbortSignal) => {
      const context = contextOf(store, clock(), signal, meter);
      const call = { name: params.name, args: params.arguments };
      return callTool(await tools(), call, context, auditLog(log, caller, meter, signal));
    };
    const result = await withProgress(extra._meta?.progressToken, extra.sendNotification, () =>
      withinTime(timeLimitMs, extra.signal, (signal) => track(answer(signal))).catch(
        (error: unknown): ToolResult => ({
          isError: true,
          text: tell(error, log).text,
        }),
      ),
    );
    tellClient(extra.sendNotification, result.isError ? 'warning' : 'info', {
      tool: params.name,
      outcome: result.isError ? 'not answered' : 'answered',
      rows: meter.rows,
    });
    return toCallResult(result);
  });
  if (options.offers) serveOffers(mcp.server, options, options.offers, track);
  const idle = async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  };
  return { mcp, idle };
}

/** Prompts, resources, views and completion, each within the limits of a call. */
function serveOffers(
  server: Server,
  { store, log, clock, tools, caller = 'stdio', timeLimitMs = TIME_LIMIT_MS }: ServerOptions,
  offers: Offers,
  track: <T>(work: Promise<T>) => Promise<T>,
): void {
  const asked = <T>(what: string, given: AbortSignal, work: (context: ResourceContext) => Promise<T>) => {
    const meter: RowMeter = { rows: 0 };
    const answer = (signal: AbortSignal) => work({ ...contextOf(store, clock(), signal, meter), tools });
    return guarded(what, auditLog(log, caller, meter, given), () =>
      withinTime(timeLimitMs, given, (signal) => track(answer(signal))),
    );
  };
  server.registerCapabilities({ extensions: { 'io.modelcontextprotocol/ui': {} } });
  servePrompts(server, offers.prompts, (what, work) => guarded(what, log, work));
  serveResources(server, offers, asked);
  serveCompletion(server, offers, asked);
}

function contextOf(
  store: () => Promise<Store>,
  now: Date,
  signal: AbortSignal,
  meter: RowMeter,
): ToolContext {
  return {
    now,
    read: async (work) => (await store()).read(work, signal, meter),
    readRisk: async (work) => (await store()).readRisk(work, signal, meter),
  };
}

function toCallResult(result: ToolResult): CallToolResult {
  const content: CallToolResult['content'] = [{ type: 'text', text: result.text }];
  if (result.isError) return { content, isError: true };
  if (result.png) {
    const data = Buffer.from(result.png).toString('base64');
    content.push({ type: 'image', data, mimeType: 'image/png' });
  }
  return { content, structuredContent: result.structured };
}
