import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../src/packaging/bundle.ts';
import { ROOT } from '../../src/packaging/replaced.ts';
import { startChild } from './mcp-child.ts';
import { recordStatements, replayStatements, settingsOf } from './mcp-statements.ts';
import { type Measurement, median, round } from './measurement.ts';
import { measureWorker, startBench } from './processes.ts';

const ESTATE = { scenario: 'demo', seed: 3, days: 60, jobs: 200 };
const STARTS = 15;
const CALLS = 60;
/** In the project, since the embedded database is looked for from there. */
const FOLDER = join(ROOT, 'dist/bench');
const SOURCES = join(ROOT, 'test/support/mcp-entry.ts');

/** The MCP server as it is shipped: its start beside the least that is possible, its answers beside their bare statements. */
export async function* benchMcp(): AsyncGenerator<Measurement> {
  const programs = await buildPrograms();
  try {
    yield* measureStarts(programs);
    await using bench = await startBench(ESTATE);
    for (const worker of ['health', 'capacity', 'efficiency', 'rto'] as const) await bench.run(worker);
    for (const worker of ['risk', 'remediation']) await measureWorker(worker, {}, bench.dataDir);
    yield* measureAnswers(programs.server, bench.dataDir);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

type Programs = { server: string; floor: string };

async function buildPrograms(): Promise<Programs> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'src/packaging/build.ts'), '--out', FOLDER]);
  mkdirSync(join(FOLDER, 'floor'), { recursive: true });
  const floor = join(FOLDER, 'floor/floor.cjs');
  writeFileSync(floor, (await bundle('test/bench/mcp-floor.ts')).code);
  return { server: join(FOLDER, 'mcp.cjs'), floor };
}

/** In turns, so that whatever else the machine does meets all of them alike. */
async function* measureStarts({ server, floor }: Programs): AsyncGenerator<Measurement> {
  const env = {
    PATH: process.env.PATH ?? '',
    DB_HOST: '127.0.0.1',
    DB_PORT: '1',
    DB_READER_PASSWORD: 'none',
  };
  const listed: Record<'server' | 'floor' | 'sources', number[]> = { server: [], floor: [], sources: [] };
  for (let start = 0; start < STARTS; start += 1) {
    for (const [which, program] of [
      ['floor', floor],
      ['server', server],
      ['sources', SOURCES],
    ] as const) {
      await using child = await startChild([program], env);
      listed[which].push(child.listedMs);
    }
  }
  const least = median(listed.floor);
  const ours = median(listed.server);
  yield {
    what: 'start to list of tools, bundle',
    value: round(ours),
    unit: 'ms',
    floor: round(least),
    'times the floor': round(ours / least, 2),
    wanted: 'at most 1.15',
  };
  yield { what: 'start to list of tools, sources', value: round(median(listed.sources)), unit: 'ms' };
}

async function* measureAnswers(server: string, dataDir: string): AsyncGenerator<Measurement> {
  const settings = settingsOf(dataDir);
  const env = { PATH: process.env.PATH ?? '', DR365_DATA_DIR: dataDir, LOG_LEVEL: 'error' };
  await using child = await startChild([server], env);
  yield { what: 'memory at rest', value: child.residentMb() ?? Number.NaN, unit: 'MiB' };
  yield {
    what: 'list of tools',
    value: Math.round(JSON.stringify({ tools: child.tools }).length / 4),
    unit: 'tokens',
    tools: child.tools.length,
    wanted: 'at most 6000',
  };
  for (const name of child.tools
    .map((tool) => String(tool.name))
    .filter((known) => !NEEDS_A_NAME.has(known))) {
    const statements = await recordStatements(settings, name, {});
    const bare: number[] = [];
    const taken: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      bare.push(...(await replayStatements(settings, statements, CALLS / 3)));
      for (let call = 0; call < CALLS / 3; call += 1) {
        const start = performance.now();
        const { result, error } = await child.call(name, {});
        if (error || result?.isError) throw new Error(`${name}: ${JSON.stringify(error ?? result?.content)}`);
        taken.push(performance.now() - start);
      }
    }
    const p50 = median(taken);
    yield {
      what: `${name}, p50`,
      value: round(p50, 1),
      unit: 'ms',
      statements: statements.length,
      'bare statements, p50': round(median(bare), 1),
      times: round(p50 / median(bare), 2),
      wanted: 'at most 2',
    };
  }
  yield {
    what: 'memory after all answers',
    value: child.residentMb() ?? Number.NaN,
    unit: 'MiB',
    wanted: 'at most 80',
  };
}

/** Tools that cannot be asked without saying about what. */
const NEEDS_A_NAME = new Set(['find', 'get_workload', 'explain_failure']);
