import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  type Tool as ListedTool,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { RecoveryServicesSettings } from '../config/recovery-services-section.ts';
import { AnswerError } from '../mcp/errors.ts';
import { explainToolName } from '../mcp/explain.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { programVersion } from '../mcp/version.ts';
import { askConsent } from './confirm.ts';
import { ToolError } from './errors.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { openCall, type Program } from './program.ts';
import type { Tool } from './registry.ts';
import { type Result, toErrorResult, toResult } from './result.ts';
import { createShownPlans, type ShownPlans } from './shown-plans.ts';

export type RecoveryServicesServer = {
  mcp: McpServer;
  /** Resolves when nothing that was asked waits for its answer. */
  idle: () => Promise<void>;
};

type Extra = {
  signal: AbortSignal;
  progressToken: string | number | undefined;
  notify: (notification: {
    method: 'notifications/progress';
    params: { progressToken: string | number; progress: number; total: number; message: string };
  }) => Promise<void>;
};

/** The registry on the SDK's server; its own handlers hand out errors as exception messages, so they are replaced. */
export function createRecoveryServicesServer(program: Program): RecoveryServicesServer {
  const underWay = new Set<Promise<unknown>>();
  const shown = createShownPlans();
  const mcp = new McpServer(
    { name: 'recovery-services', title: 'Azure Recovery Services', version: programVersion() },
    { instructions: INSTRUCTIONS, capabilities: { tools: {} } },
  );
  mcp.server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: await listed(program.settings),
  }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const work = callTool(program, { mcp, shown }, params, {
      signal: extra.signal,
      progressToken: extra._meta?.progressToken,
      notify: extra.sendNotification,
    });
    underWay.add(work);
    return toCallResult(await work.finally(() => underWay.delete(work)));
  });
  const idle = async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  };
  return { mcp, idle };
}

/** Tools that the configuration does not allow are not shown: nobody plans with what is refused. */
function offered(
  tools: readonly Tool[],
  { allowWrites, allowDestructive }: RecoveryServicesSettings,
): Tool[] {
  return tools.filter(
    (tool) =>
      tool.class === 'read' ||
      tool.class === 'local' ||
      (allowWrites && (tool.class === 'write' || allowDestructive)),
  );
}

async function listed(settings: RecoveryServicesSettings): Promise<ListedTool[]> {
  const [{ TOOLS }, { toListed }] = await Promise.all([import('./tools.ts'), import('../mcp/listing.ts')]);
  return offered(TOOLS, settings).map(toListed);
}

async function callTool(
  program: Program,
  { mcp: { server }, shown }: { mcp: McpServer; shown: ShownPlans },
  { name, arguments: args }: { name: string; arguments?: unknown },
  { signal, progressToken, notify }: Extra,
): Promise<Result> {
  const { log, redact, settings } = program;
  const { TOOLS } = await import('./tools.ts');
  const started = performance.now();
  const tool = TOOLS.find((known) => known.name === name);
  const done = (outcome: string, facts: object = {}) =>
    log.info(
      { tool: cleanText(name, 64), outcome, ms: Math.round(performance.now() - started), ...facts },
      'tool called',
    );
  try {
    if (!tool)
      throw new AnswerError(
        explainToolName(
          offered(TOOLS, settings).map((one) => one.name),
          name,
        ),
      );
    const progress = (message: string, seconds: number, total: number) => {
      if (progressToken === undefined) return;
      const params = { progressToken, progress: seconds, total, message };
      // A client that is gone needs no progress.
      notify({ method: 'notifications/progress', params }).catch(() => {});
    };
    const { context, writer, meta } = openCall(program, {
      tool: tool.name,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitOf(args))]),
      client: server.getClientVersion(),
      progress,
    });
    const { summary, data } = await tool.run(args, context, {
      consent: askConsent(server),
      shown,
      writeContext: (read) => ({ ...read, write: writer() }),
    });
    done('answered', { status: data.status });
    return toResult(summary, data, meta(), redact);
  } catch (cause) {
    const error = isTimeUp(cause) ? timeIsUp(cause) : cause;
    if (signal.aborted) {
      done('given up');
      return { isError: true, text: 'given up by the client', structured: { ok: false } };
    }
    const result = toErrorResult(error, { role: tool?.role ?? 'Backup Reader', log, redact });
    const { error: facts } = result.structured as {
      error?: { kind: string; code: string; request_id: string | null };
    };
    done('not answered', {
      kind: facts?.kind,
      code: facts?.code,
      request: facts?.request_id,
    });
    return result;
  }
}

const toCallResult = ({ isError, text, structured }: Result): CallToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: structured,
  ...(isError ? { isError } : {}),
});

/** How long a call may take besides what it was told to wait for; a person who is asked needs some of it. */
const LIMIT_MS = 11 * 60_000;

function limitOf(args: unknown): number {
  const { wait_seconds: wait } = (args ?? {}) as { wait_seconds?: unknown };
  return LIMIT_MS + (typeof wait === 'number' && wait > 0 && wait <= 300 ? wait * 1000 : 0);
}

const isTimeUp = (error: unknown) => error instanceof Error && error.name === 'TimeoutError';

const timeIsUp = (cause: unknown) =>
  new ToolError('timeout', `the call took longer than ${LIMIT_MS / 60_000} minutes and was given up`, {
    code: 'time-is-up',
    hint: 'Ask for less at once. If it was to change something, read the state before calling again.',
    cause,
  });
