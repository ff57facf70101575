// npm run bench:scale [-- --sizes 5,6,7 --jobs 10000 --calls 20 --dir FOLDER --plans FILE --json --only fill,answers,ingest,year]: answers, loads and a year at
// three sizes. A folder that is given is kept and used again; without one everything is made anew and deleted.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { round } from './measurement.ts';
import { type Asked, findSlowest, quantile, type Timing, timeAnswers } from './scale/answers.ts';
import {
  BASE,
  countBase,
  makeDatabases,
  measureSize,
  nowOf,
  onDatabase,
  type Size,
  toHistory,
  toSize,
} from './scale/databases.ts';
import { adviseEstate, collectEstate, openServer } from './scale/estate.ts';
import { timeIngest } from './scale/ingest.ts';
import { explain } from './scale/plans.ts';
import { questionsOf, readSubjects } from './scale/questions.ts';
import { widen } from './scale/width.ts';
import { ALL_WORKERS, benchYear, YEAR_SECONDS } from './year.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '5,6,7' },
    jobs: { type: 'string', default: '10000' },
    calls: { type: 'string', default: '20' },
    dir: { type: 'string' },
    plans: { type: 'string' },
    only: { type: 'string', default: 'year,answers,ingest' },
    json: { type: 'boolean', default: false },
  },
});
/** Jobs of the estate that is simulated; the others are its copies. */
const SIMULATED_JOBS = 250;
const parts = values.only.split(',');
const PARTS = ['fill', 'answers', 'ingest', 'year'];
if (!parts.every((part) => PARTS.includes(part))) throw new RangeError(`--only takes ${PARTS.join(', ')}`);
const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

function tell(line: Record<string, string | number>): void {
  const text = Object.entries(line).map(([key, value]) => `${key} ${value}`);
  process.stdout.write(`${values.json ? JSON.stringify(line) : text.join(', ')}\n`);
}

let isWithin = true;
if (parts.includes('year'))
  for await (const line of benchYear(say)) {
    tell(line);
    if (line.year === ALL_WORKERS && Number(line.seconds) >= YEAR_SECONDS) isWithin = false;
  }
if (parts.some((part) => part !== 'year')) await benchSizes();
process.exitCode = isWithin ? 0 : 1;

async function benchSizes(): Promise<void> {
  const dataDir = values.dir ?? mkdtempSync(join(tmpdir(), 'dr365-scale-'));
  const isNew = !existsSync(join(dataDir, 'postgres'));
  const server = await openServer(dataDir);
  try {
    if (isNew) {
      await collectEstate(dataDir, SIMULATED_JOBS, say);
      await onDatabase(server, BASE.metrics, (client) => widen(client, Number(values.jobs), say));
      await adviseEstate(dataDir, say);
    }
    const base = await countBase(server);
    const now = await nowOf(server);
    const sizes = values.sizes.split(',').map((exponent) => toSize(dataDir, Number(exponent)));
    const asked: Asked[] = [];
    for (const size of sizes) {
      const history = toHistory(size.sessions, base);
      await makeDatabases(server, size, history, say);
      const subjects = await onDatabase(server, size.settings.metricsName, (client) =>
        readSubjects(client, now, history),
      );
      asked.push({
        size: size.name,
        settings: size.settings,
        now,
        questions: questionsOf(subjects),
      });
      for (const name of [size.settings.metricsName, size.settings.riskName]) {
        const { bytes, rows, partitions } = await measureSize(server, name);
        tell({
          size: size.name,
          database: name,
          GB: round(bytes / 1e9, 1),
          partitions,
          ...Object.fromEntries(rows),
        });
      }
    }
    if (parts.includes('answers')) await benchAnswers(asked);
    if (parts.includes('ingest')) await benchIngest(sizes);
  } finally {
    await server.release();
    if (!values.dir) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function benchAnswers(asked: Asked[]): Promise<void> {
  const timings = await timeAnswers(asked, Number(values.calls), say);
  for (const { size, tool, what, ms } of timings)
    tell({
      tool,
      what,
      size,
      p50: round(quantile(ms, 0.5), 1),
      p95: round(quantile(ms, 0.95), 1),
      unit: 'ms',
    });
  for (const tool of new Set(timings.map((timing) => timing.tool))) compareSizes(tool, timings, asked);
  const plans: string[] = [];
  const largest = asked.at(-1);
  if (!largest) return;
  for (const [tool, statement] of await findSlowest(largest)) {
    const plan = await explain(largest, statement);
    tell({ tool, 'slowest statement': round(statement.ms, 1), unit: 'ms', 'asked by': statement.what });
    plans.push(
      `## ${tool}, ${statement.what}: ${round(statement.ms, 1)} ms\n\n${statement.text}\n\n${plan}\n`,
    );
  }
  if (values.plans) writeFileSync(values.plans, plans.join('\n'));
  else process.stdout.write(`${plans.join('\n')}\n`);
}

/** All that was asked of a tool taken together; how many times as long the largest size takes as the smallest. */
function compareSizes(tool: string, timings: readonly Timing[], asked: readonly Asked[]): void {
  const all = asked.map(({ size }) =>
    timings.filter((one) => one.tool === tool && one.size === size).flatMap(({ ms }) => ms),
  );
  const p95 = all.map((ms) => quantile(ms, 0.95));
  const ratio = (p95.at(-1) ?? 0) / (p95[0] ?? 1);
  if (ratio > 1.5) isWithin = false;
  const bySize = asked.flatMap(({ size }, index): [string, string][] => [
    [size, `${round(quantile(all[index] ?? [], 0.5), 1)} / ${round(p95[index] ?? 0, 1)}`],
  ]);
  tell({
    tool,
    ...Object.fromEntries(bySize),
    unit: 'ms p50 / p95',
    ratio: round(ratio, 2),
    wanted: 'at most 1.5',
  });
}

async function benchIngest(sizes: Size[]): Promise<void> {
  const rates = await timeIngest(sizes);
  for (const what of new Set(rates.map((rate) => rate.what))) {
    const bySize = rates.filter((rate) => rate.what === what);
    const slowest = (bySize.at(-1)?.rowsPerSecond ?? 0) / (bySize[0]?.rowsPerSecond ?? 1);
    const figures = bySize.map(({ size, rowsPerSecond }): [string, number] => [size, round(rowsPerSecond)]);
    tell({
      ingest: what,
      ...Object.fromEntries(figures),
      unit: 'rows/s',
      'largest against smallest': round(slowest, 2),
    });
  }
}
