import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export type Answer = { result?: Record<string, unknown>; error?: unknown };

export type McpChild = AsyncDisposable & {
  /** Milliseconds from the start of the process to its list of tools. */
  listedMs: number;
  tools: Record<string, unknown>[];
  call: (name: string, args: object) => Promise<Answer>;
  /** Resident memory in MiB; undefined where the system does not say. */
  residentMb: () => number | undefined;
};

/** A server as a child process, spoken to by lines, so that nothing but the server is measured. */
export async function startChild(program: string[], env: Record<string, string>): Promise<McpChild> {
  const start = performance.now();
  const child = spawn(process.execPath, program, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const ask = asker(child);
  await ask('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'dr365 bench', version: '1' },
  });
  child.stdin?.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const { result } = await ask('tools/list', {});
  return {
    listedMs: performance.now() - start,
    tools: (result?.tools ?? []) as Record<string, unknown>[],
    call: (name, args) => ask('tools/call', { name, arguments: args }),
    residentMb: () => residentMb(child.pid),
    [Symbol.asyncDispose]: () => end(child),
  };
}

function asker(child: ChildProcess): (method: string, params: object) => Promise<Answer> {
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  let id = 0;
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer & { id?: number };
    if (answer.id === undefined) return;
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the server ended with ${code}`));
  });
  return (method, params) => {
    id += 1;
    const answer = Promise.withResolvers<Answer>();
    waiting.set(id, answer);
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer.promise;
  };
}

function residentMb(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes) / 102.4) / 10;
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('close', done));
  child.stdin?.end();
  await ended;
}
