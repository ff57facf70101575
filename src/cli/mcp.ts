import { loadConfig } from '../config/config.ts';
import { runMcp } from '../mcp/main.ts';
import { noArguments } from './arguments.ts';

/** `dr365 mcp`: the read-only MCP server on stdin and stdout, or with `--http` over Streamable HTTP. */
export async function mcpCommand([first, ...rest]: string[]): Promise<number> {
  if (first !== '--http') {
    noArguments('mcp', first === undefined ? rest : [first, ...rest]);
    return runMcp(loadConfig(process.env));
  }
  noArguments('mcp --http', rest);
  const { runMcpHttp } = await import('../mcp/http/main.ts');
  return runMcpHttp(loadConfig(process.env));
}
