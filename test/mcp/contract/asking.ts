import { createLog } from '../../../src/log.ts';
import { callTool, type ToolResult } from '../../../src/mcp/registry.ts';
import { createStore } from '../../../src/mcp/store.ts';
import { TOOLS } from '../../../src/mcp/tools.ts';
import type { TestDatabase } from '../../support/database.ts';

export type Row = Record<string, unknown>;
export type Answer = { text: string; data: Row };

export type Asking = AsyncDisposable & {
  call: (tool: string, args: unknown, now: Date) => Promise<ToolResult>;
  /** A call that has to succeed. */
  ask: (tool: string, args: Row, now: Date) => Promise<Answer>;
};

/** The tools over a real store, at any moment: a replay asks as it would have been asked then. */
export function openAsking({ settings }: Pick<TestDatabase, 'settings'>): Asking {
  const log = createLog('silent');
  const store = createStore(settings, log);
  const call: Asking['call'] = (name, args, now) =>
    callTool(TOOLS, { name, args }, { now, read: store.read, readRisk: store.readRisk } as never, log);
  return {
    call,
    ask: async (tool, args, now) => {
      const result = await call(tool, args, now);
      if (result.isError) throw new Error(`${tool} ${JSON.stringify(args)}: ${result.text}`);
      return { text: result.text, data: result.structured };
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}
