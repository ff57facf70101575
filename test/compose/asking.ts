import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

type Data = Record<string, unknown>;

/** One question to the server over HTTP by the SDK's client, which holds the answer against the listed schema. */
export async function askOverHttp(url: string, token: string, tool: string, args: Data = {}): Promise<Data> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return ask(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as Transport, tool, args);
}

/** The same to one that this starts, over stdin and stdout. */
export async function askOverStdio(
  [command = '', ...args]: string[],
  options: { cwd: string; env: Record<string, string> },
  tool: string,
): Promise<Data> {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...options.env };
  return ask(new StdioClientTransport({ command, args, env, cwd: options.cwd, stderr: 'ignore' }), tool, {});
}

async function ask(transport: Transport, tool: string, args: Data): Promise<Data> {
  const client = new Client({ name: 'dr365 compose test', version: '1.0.0' });
  await client.connect(transport);
  try {
    await client.listTools();
    const result = await client.callTool({ name: tool, arguments: args });
    const [first] = result.content as { text?: string }[];
    assert.notEqual(result.isError, true, first?.text);
    return result.structuredContent as Data;
  } finally {
    await client.close();
  }
}
