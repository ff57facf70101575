// The MCP server over HTTP as a process, with what the conformance suite asks for by name.
import { loadConfig } from '../../../src/config/config.ts';
import { runMcpHttp } from '../../../src/mcp/http/main.ts';
import { withFixtures } from './fixtures.ts';

process.exitCode = await runMcpHttp(loadConfig(process.env), { adapt: withFixtures });
