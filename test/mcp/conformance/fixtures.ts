import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  type CallToolResult,
  CreateMessageResultSchema,
  ElicitResultSchema,
  type Result,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { DrMcpServer } from '../../../src/mcp/server.ts';
import {
  ANSWERS,
  getFixture,
  PROMPTS,
  QUESTIONS,
  RESOURCES,
  readFixture,
  TEMPLATE,
  toFixtureTool,
} from './contents.ts';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Params = { [key: string]: unknown; name?: string; uri?: string; arguments?: Record<string, string> };
type Handler = (params: Params, extra: Extra, usual: () => Promise<Result>) => Promise<Result>;

/**
 * The product's own server, which also knows what the conformance suite asks for by name. What the suite does not know is
 * answered by the product.
 */
export function withFixtures(server: DrMcpServer): DrMcpServer {
  const low = server.mcp.server;
  low.registerCapabilities({ prompts: {}, resources: { subscribe: true }, completions: {} });
  const tools = [...Object.keys(ANSWERS), ...Object.keys(ACTIONS)].map(toFixtureTool);
  put(low, 'tools/list', added('tools', tools));
  put(low, 'resources/list', added('resources', RESOURCES));
  put(low, 'resources/templates/list', added('resourceTemplates', [TEMPLATE]));
  put(low, 'prompts/list', added('prompts', PROMPTS));
  put(low, 'resources/read', async ({ uri }, _extra, usual) => readFixture(uri ?? '') ?? usual());
  put(
    low,
    'prompts/get',
    async ({ name, arguments: args }, _extra, usual) => getFixture(name ?? '', args ?? {}) ?? usual(),
  );
  put(low, 'resources/subscribe', async () => ({}));
  put(low, 'resources/unsubscribe', async () => ({}));
  put(low, 'completion/complete', async () => ({ completion: { values: ['paris', 'park', 'party'] } }));
  put(low, 'tools/call', async ({ name = '', arguments: args = {} }, extra, usual) => {
    const action = ACTIONS[name];
    return ANSWERS[name] ?? (action ? action(args, extra, name) : usual());
  });
  return server;
}

const added =
  (key: string, fixtures: object[]): Handler =>
  async (_params, _extra, usual) => ({
    [key]: [...(((await usual())[key] as object[] | undefined) ?? []), ...fixtures],
  });

function put(low: Server, method: string, handler: Handler): void {
  const before = low['_requestHandlers'].get(method);
  const schema = z.object({ method: z.literal(method), params: z.looseObject({}).optional() });
  low.setRequestHandler(schema, (request, extra) => {
    const usual = async () => (before ? ((await before(request as never, extra)) as Result) : {});
    return handler(request.params ?? {}, extra, usual);
  });
}

type Action = (args: Record<string, string>, extra: Extra, name: string) => Promise<CallToolResult>;

const says = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

const ask: Action = async (args, extra, name) => {
  const properties = QUESTIONS[name];
  const params = { message: args.message ?? name, requestedSchema: { type: 'object', properties } };
  const request = { method: 'elicitation/create', params } as ServerRequest;
  const { action, content } = await extra.sendRequest(request, ElicitResultSchema);
  return says(`User response: <action: ${action}, content: ${JSON.stringify(content ?? {})}>`);
};

/** Tools that do something with the connection. */
const ACTIONS: Record<string, Action> = {
  test_elicitation: ask,
  test_elicitation_sep1034_defaults: ask,
  test_elicitation_sep1330_enums: ask,
  json_schema_2020_12_tool: async () => says('done'),
  test_tool_with_logging: async (_args, { sendNotification }) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
      await sleep(50);
    }
    return says('done');
  },
  test_tool_with_progress: async (_args, { _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      await sendNotification({ method: 'notifications/progress', params });
      await sleep(50);
    }
    return says('done');
  },
  test_sampling: async ({ prompt = '' }, { sendRequest }) => {
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: prompt } }];
    const params = { messages, maxTokens: 100 };
    const { content } = await sendRequest(
      { method: 'sampling/createMessage', params },
      CreateMessageResultSchema,
    );
    return says(`LLM response: ${'text' in content ? content.text : ''}`);
  },
  test_reconnection: async (_args, { closeSSEStream }) => {
    closeSSEStream?.();
    await sleep(100);
    return says('Reconnection test completed successfully');
  },
};
