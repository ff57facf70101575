// The least that a server on the same SDK and database driver can do: one tool that runs a statement. What ours is read against.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import pg from 'pg';
import * as z from 'zod';

const pool = new pg.Pool({ max: 1, options: '-c default_transaction_read_only=on' });
const server = new McpServer({ name: 'floor', version: '1.0.0' });
server.registerTool(
  'query',
  { description: 'Runs one statement', inputSchema: { sql: z.string() } },
  async ({ sql }) => ({
    content: [{ type: 'text', text: JSON.stringify((await pool.query(sql)).rows) }],
  }),
);
void server.connect(new StdioServerTransport());
