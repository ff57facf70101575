import type { Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';

let listed: Promise<ListedTool[]> | undefined;

/**
 * What `tools/list` answers. It is the same for every client and each start, so the bundle holds it ready made in place
 * of this file, and loads the tools when one of them is called.
 */
export function listedTools(): Promise<ListedTool[]> {
  listed ??= makeList();
  return listed;
}

async function makeList(): Promise<ListedTool[]> {
  const [{ TOOLS }, { toListed }] = await Promise.all([import('./tools.ts'), import('./listing.ts')]);
  return TOOLS.map(toListed);
}
