// The MCP server as a process, as the command line starts it.
import { loadConfig } from '../../src/config/config.ts';
import { runMcp } from '../../src/mcp/main.ts';

process.exitCode = await runMcp(loadConfig(process.env));
