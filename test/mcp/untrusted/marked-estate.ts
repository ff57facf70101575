import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { collectFrom } from '../../evaluation/estate.ts';
import { advise } from '../../support/advise.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { simulate } from '../../support/simulated.ts';
import type { Marks } from './marks.ts';
import { startRewritingProxy } from './rewriting-proxy.ts';

export type MarkedEstate = { database: TestDatabase; now: Date };

/** A server and some vaults with incidents, read by all workers through somebody who changes their texts. */
export async function collectMarked({ rewrite }: Marks): Promise<MarkedEstate> {
  await using simulator = await simulate({
    scenario: 'demo',
    seed: 7,
    jobs: 24,
    days: 21,
    azurePort: 0,
    azureVaults: 2,
    azureItems: 10,
    azureDays: 21,
  });
  const folder = mkdtempSync(join(tmpdir(), 'dr365-test-'));
  try {
    const { azure, ca } = simulator;
    if (!azure) throw new Error('there is no Azure half');
    await using veeamProxy = await startRewritingProxy({ url: simulator.url, ca }, rewrite);
    await using azureProxy = await startRewritingProxy({ url: azure.url, ca }, rewrite);
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, azureProxy.ca);
    const { url, fingerprint } = veeamProxy;
    const { username, password, clock } = simulator;
    const reached = {
      username,
      password,
      url,
      fingerprint,
      caFile,
      azure: { ...azure, url: azureProxy.url },
    };
    const database = await createTestDatabase();
    const now = clock.now();
    await collectFrom(reached as Simulator, database, { now });
    await advise(database, now);
    return { database, now: new Date(now.getTime() + 600_000) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
