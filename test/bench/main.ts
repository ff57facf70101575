// npm run bench [-- --json] [-- --only load,health,capacity,azure,anomalies,efficiency,rto,machines,risk,mcp,recovery-services,replay]: throughput and memory, each figure beside one measured in the same run.
import { parseArgs } from 'node:util';
import { benchAnomalies } from './anomalies.ts';
import { benchAzure } from './azure.ts';
import { benchCapacity } from './capacity.ts';
import { benchEfficiency } from './efficiency.ts';
import { benchHealth } from './health.ts';
import { benchLoad } from './load.ts';
import { benchMachines } from './machines.ts';
import { benchMcp } from './mcp.ts';
import { benchReplay } from './mcp-replay.ts';
import type { Measurement } from './measurement.ts';
import { benchRecoveryServices } from './recovery-services.ts';
import { benchRisk } from './risk.ts';
import { benchRto } from './rto.ts';

const BENCHES: Record<string, () => AsyncIterable<Measurement>> = {
  load: benchLoad,
  health: benchHealth,
  capacity: benchCapacity,
  azure: benchAzure,
  anomalies: benchAnomalies,
  efficiency: benchEfficiency,
  rto: benchRto,
  machines: benchMachines,
  risk: benchRisk,
  mcp: benchMcp,
  replay: benchReplay,
  'recovery-services': benchRecoveryServices,
};

const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(BENCHES);
const unknown = names.filter((name) => !BENCHES[name]);
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
for (const name of names) {
  for await (const measurement of BENCHES[name]?.() ?? []) {
    const { what, value, unit, ...rest } = measurement;
    const text = values.json
      ? JSON.stringify({ bench: name, ...measurement })
      : `${what}: ${value} ${unit}${notes(rest)}`;
    process.stdout.write(`${text}\n`);
  }
}

function notes(rest: object): string {
  const parts = Object.entries(rest).map(([key, value]) => `${key} ${String(value)}`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}
