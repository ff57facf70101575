// One run of the worker that is named; prints what it took, its own peak memory included.

import { loadConfig } from '../../src/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { type Collecting, runOnce } from '../../workers/main.ts';

const config = loadConfig(process.env);
const databases = await openDatabases(config.database, 'collector', 'dr365 bench');
const { rowsLoaded, requests, seconds, status } = await runOnce(
  process.argv[2] as Collecting,
  config,
  databases,
  {
    log: createLog('error'),
    clock: () => new Date(),
  },
);
await databases.close();
if (status === 'failed') process.exit(1);
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ rows: rowsLoaded, requests, seconds, peakMb })}\n`);
