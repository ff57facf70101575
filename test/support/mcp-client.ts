import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { DatabaseSettings } from '../../src/config/config.ts';

export type McpSession = AsyncDisposable & {
  client: Client;
  /** What the server wrote to stderr. */
  log: () => string;
  /** A call that has to succeed; the SDK's client checks the answer against the listed output schema. */
  ask: (
    tool: string,
    args?: Record<string, unknown>,
  ) => Promise<{ text: string; data: Record<string, unknown> }>;
  /** A call that has to be refused; the message. */
  refused: (tool: string, args?: Record<string, unknown>) => Promise<string>;
};

/** What the server is told about a database, as a user would set it. */
export function toEnvironment(settings: DatabaseSettings): Record<string, string> {
  const { external, logins, metricsName, riskName, dataDir } = settings;
  return {
    DB_HOST: external?.host ?? '',
    DB_PORT: String(external?.port ?? ''),
    DB_NAME: metricsName,
    DB_RISK_NAME: riskName,
    DB_READER_USER: logins.reader?.user ?? '',
    DB_READER_PASSWORD: logins.reader?.password ?? '',
    DR365_DATA_DIR: dataDir,
  };
}

/**
 * Starts the MCP server as a child process and connects the SDK's client to it over stdio.
 * @param program what Node.js runs; by default the server from its sources
 */
export async function startMcp(
  env: Record<string, string>,
  program: string[] = [join(import.meta.dirname, 'mcp-entry.ts')],
): Promise<McpSession> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: program,
    env: { PATH: process.env.PATH ?? '', ...env },
    stderr: 'pipe',
  });
  const lines: string[] = [];
  transport.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const client = new Client({ name: 'dr365 test', version: '1.0.0' });
  await client.connect(transport);
  await client.listTools();
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    const [first] = result.content as { type: string; text: string }[];
    assert.equal(first?.type, 'text');
    return {
      isError: result.isError === true,
      text: first.text,
      data: result.structuredContent as Record<string, unknown>,
    };
  };
  return {
    client,
    log: () => lines.join(''),
    ask: async (tool, args = {}) => {
      const { isError, text, data } = await call(tool, args);
      assert.equal(isError, false, text);
      return { text, data };
    },
    refused: async (tool, args = {}) => {
      const { isError, text } = await call(tool, args);
      assert.equal(isError, true, text);
      return text;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
