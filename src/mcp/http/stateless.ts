import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { HttpRefusal } from './answers.ts';
import { connect, type Endpoint, type McpFactory } from './endpoint.ts';

/**
 * Each request is answered for itself, by a server of its own: any replica can answer any request. The answer is JSON, or a
 * stream of events if the client wants to hear of progress. A client that hangs up gives its calls up.
 */
export function createStatelessEndpoint(create: McpFactory): Endpoint {
  const running = new Set<ReturnType<McpFactory>>();
  const stop = async (server: ReturnType<McpFactory>) => {
    running.delete(server);
    await server.mcp.close();
  };
  return {
    answer: async ({ request, response, body, caller }) => {
      if (request.method !== 'POST')
        throw new HttpRefusal(405, 'there are no sessions here: send POST', { headers: { allow: 'POST' } });
      const server = create(caller);
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: !wantsProgress(body) });
      running.add(server);
      response.once('close', () => void stop(server));
      await connect(server, transport);
      await transport.handleRequest(request, response, body);
    },
    idle: async () => {
      await Promise.all([...running].map(({ idle }) => idle()));
    },
    close: async () => {
      await Promise.all([...running].map(stop));
    },
  };
}

type Message = { params?: { _meta?: { progressToken?: unknown } } };

function wantsProgress(body: unknown): boolean {
  const messages = Array.isArray(body) ? body : [body];
  return messages.some((message: Message | null) => message?.params?._meta?.progressToken !== undefined);
}
