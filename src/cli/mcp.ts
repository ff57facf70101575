import { loadConfig } from '../config.ts';
import { runMcp } from '../mcp/main.ts';
import { noArguments } from './arguments.ts';

/** `dr365 mcp`: the read-only MCP server on stdin and stdout. */
export async function mcpCommand(args: string[]): Promise<number> {
  noArguments('mcp', args);
  return runMcp(loadConfig(process.env));
}
