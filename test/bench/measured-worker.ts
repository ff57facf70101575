// One run of the worker that is named; prints what it took, its own peak memory included.

import { loadConfig } from '../../src/config/config.ts';
import { openDatabases } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { ADVISORS, type Advising, runAdvisorOnce } from '../../workers/advisors.ts';
import { type Collecting, runEverywhere } from '../../workers/main.ts';

const [, , name = ''] = process.argv;
const isAdvisor = name in ADVISORS;
const config = loadConfig(process.env);
const databases = await openDatabases(config.database, isAdvisor ? 'advisor' : 'collector', 'dr365 bench');
const options = { log: createLog('error'), clock: () => new Date() };
const runs = isAdvisor
  ? await runAdvisorOnce(name as Advising, databases, options)
  : await runEverywhere(name as Collecting, config, databases, options);
await databases.close();
if (runs.length === 0 || runs.some(({ status }) => status === 'failed')) process.exit(1);
const sum = (of: 'rowsLoaded' | 'requests' | 'seconds') => runs.reduce((total, run) => total + run[of], 0);
const [rowsLoaded, requests, seconds] = [sum('rowsLoaded'), sum('requests'), sum('seconds')];
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(`${JSON.stringify({ rows: rowsLoaded, requests, seconds, cpuSeconds, peakMb })}\n`);
