import { randomUUID } from 'node:crypto';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { McpHttpSettings } from '../../config/mcp.ts';
import type { DrMcpServer } from '../server.ts';
import { HttpRefusal } from './answers.ts';
import { type Admitted, connect, type Endpoint, type McpFactory } from './endpoint.ts';
import { createEventStore } from './event-store.ts';

type Session = {
  id: string;
  caller: string;
  server: DrMcpServer;
  transport: StreamableHTTPServerTransport;
  /** Requests that wait for their answer, streams included. */
  open: number;
  usedAt: number;
};

export type SessionLimits = Pick<McpHttpSettings, 'maxSessions' | 'sessionIdleMinutes'>;

/** How long a client that lost its connection waits before it comes back. */
const RETRY_MS = 500;

/**
 * Sessions in the memory of this process: a server each, answers as events, which are kept for a while for a client that
 * lost its connection. Only who began a session may use it.
 * @param now milliseconds of a clock that never goes back
 */
export function createSessionEndpoint(
  create: McpFactory,
  { maxSessions, sessionIdleMinutes }: SessionLimits,
  now: () => number = () => performance.now(),
): Endpoint {
  const sessions = new Map<string, Session>();
  const idleMs = sessionIdleMinutes * 60_000;
  const end = async (session: Session) => {
    sessions.delete(session.id);
    await session.server.mcp.close();
  };
  const unused = () =>
    [...sessions.values()].filter(({ open }) => open === 0).toSorted((a, b) => a.usedAt - b.usedAt);
  const sweep = () => {
    for (const session of unused()) if (now() - session.usedAt > idleMs) void end(session);
  };
  const sweeper = setInterval(sweep, Math.min(idleMs, 60_000));
  sweeper.unref();

  const begin = async (caller: string): Promise<Session> => {
    sweep();
    if (sessions.size >= maxSessions) {
      const [oldest] = unused();
      if (!oldest) throw new HttpRefusal(503, 'too many sessions', { headers: { 'retry-after': '30' } });
      await end(oldest);
    }
    const id = randomUUID();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: createEventStore(),
      retryInterval: RETRY_MS,
      onsessionclosed: () => void sessions.delete(id),
    });
    const session = { id, caller, server: create(caller), transport, open: 0, usedAt: now() };
    sessions.set(id, session);
    await connect(session.server, transport);
    return session;
  };

  return {
    answer: async (admitted) => {
      const known = knownSession(sessions, admitted);
      const session = known ?? (await begin(admitted.caller));
      await serve(session, admitted, now);
      // Refused by the protocol: a session that nobody was told of.
      if (!known && admitted.response.statusCode >= 400) await end(session);
    },
    idle: async () => {
      await Promise.all([...sessions.values()].map(({ server }) => server.idle()));
    },
    close: async () => {
      clearInterval(sweeper);
      await Promise.all([...sessions.values()].map(end));
    },
  };
}

/** @returns undefined if the request begins a session */
function knownSession(
  sessions: Map<string, Session>,
  { request, body, caller }: Admitted,
): Session | undefined {
  const id = request.headers['mcp-session-id'];
  if (id !== undefined) {
    const session = sessions.get(String(id));
    if (session?.caller === caller) return session;
    throw new HttpRefusal(404, 'there is no such session: initialize anew', { code: -32001 });
  }
  if (request.method === 'POST' && isInitializeRequest(body)) return undefined;
  throw new HttpRefusal(400, 'the Mcp-Session-Id header is missing: initialize first');
}

async function serve(session: Session, { request, response, body }: Admitted, now: () => number) {
  session.open += 1;
  response.once('close', () => {
    session.open -= 1;
    session.usedAt = now();
  });
  await session.transport.handleRequest(request, response, body);
}
