import { join } from 'node:path';
import { ROOT } from '../../src/packaging/replaced.ts';
import { type McpChild, startChild } from './mcp-child.ts';
import { type Measurement, median, round } from './measurement.ts';

const STARTS = 11;
const DR365 = join(ROOT, 'src/cli/dr365.mjs');
const PATH = process.env.PATH ?? '';
const PROGRAMS = {
  'read-only server': ['mcp', { PATH, DB_HOST: '127.0.0.1', DB_PORT: '1', DB_READER_PASSWORD: 'none' }],
  'Azure Backup server': [
    'recovery-services',
    { PATH, AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000000' },
  ],
} as const satisfies Record<string, [command: string, env: Record<string, string>]>;
type Name = keyof typeof PROGRAMS;
type Seen = { listedMs: number[]; residentMb: number[]; listedBytes: number };

/** The Azure Backup server beside the read-only one, both from the sources: its start, its memory and what its list of tools costs. */
export async function* benchRecoveryServices(): AsyncGenerator<Measurement> {
  const names = Object.keys(PROGRAMS) as Name[];
  const seen = Object.fromEntries(names.map((name) => [name, none()])) as Record<Name, Seen>;
  // In turns, so that whatever else the machine does meets both alike.
  for (let start = 0; start < STARTS; start += 1) {
    for (const name of names) {
      const [command, env] = PROGRAMS[name];
      await using child = await startChild([DR365, command], env);
      note(seen[name], child);
    }
  }
  const beside = seen['read-only server'];
  const own = seen['Azure Backup server'];
  yield compared('start to list of tools', 'ms', own.listedMs, beside.listedMs);
  yield compared('memory at rest', 'MiB', own.residentMb, beside.residentMb);
  yield {
    what: 'list of tools, as configured by default',
    value: own.listedBytes,
    unit: 'bytes',
    'read-only server': beside.listedBytes,
  };
}

const none = (): Seen => ({ listedMs: [], residentMb: [], listedBytes: 0 });

function note(seen: Seen, child: McpChild): void {
  seen.listedMs.push(child.listedMs);
  const resident = child.residentMb();
  if (resident !== undefined) seen.residentMb.push(resident);
  seen.listedBytes = JSON.stringify(child.tools).length;
}

function compared(what: string, unit: string, own: number[], beside: number[]): Measurement {
  const value = median(own);
  const other = median(beside);
  return {
    what: `${what}, Azure Backup server`,
    value: round(value),
    unit,
    'read-only server': round(other),
    ratio: round(value / other, 2),
  };
}
