import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { DrMcpServer } from '../server.ts';

/** A request that was let in: its body is read, and it is known who asks. */
export type Admitted = {
  request: IncomingMessage;
  response: ServerResponse;
  /** JSON of a POST; undefined for the other methods. */
  body: unknown;
  caller: string;
};

/** What answers at /mcp. */
export type Endpoint = {
  answer: (admitted: Admitted) => Promise<void>;
  /** Resolves when no call is under way. */
  idle: () => Promise<void>;
  close: () => Promise<void>;
};

export type McpFactory = (caller: string) => DrMcpServer;

/** The SDK's own transport does not fit the SDK's own interface where optional means "not undefined". */
export const connect = ({ mcp }: DrMcpServer, transport: object): Promise<void> =>
  mcp.connect(transport as Transport);
