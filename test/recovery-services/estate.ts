import assert from 'node:assert/strict';
import type { AzureSimulator } from '../../src/simulator/azure/azure.ts';
import type { Item, Vault } from '../../src/simulator/azure/types.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { NOW, simulate } from '../support/simulated.ts';
import { createTestClock } from '../support/test-clock.ts';
import { type Session, type SessionOptions, startOnSimulator } from './session.ts';

export type Estate = AsyncDisposable & {
  simulator: Simulator;
  azure: AzureSimulator;
  session: Session;
  /** All items that a vault knows, or those of one. */
  items: (vault?: Vault) => Item[];
};

/** Two simulated vaults with some items, and the server on them; all clocks stand at one time but for waiting. */
export async function startEstate(
  scenario = 'azure-healthy',
  options: Partial<SessionOptions> = {},
): Promise<Estate> {
  const azureOptions = { azurePort: 0, azureVaults: 2, azureItems: 30, azureDays: 40 };
  const simulator = await simulate({ scenario, jobs: 5, days: 10, ...azureOptions });
  const { azure } = simulator;
  assert.ok(azure);
  const clock = createTestClock(NOW.getTime());
  const sleep = async (ms: number, signal?: AbortSignal) => {
    await clock.sleep(ms, signal);
    simulator.clock.advance(ms); // Azure gets on while we wait
  };
  const connection = { clock: { ...clock, sleep } };
  const session = await startOnSimulator(simulator, { connection, ...options });
  const { world } = azure;
  return {
    simulator,
    azure,
    session,
    items: (vault) =>
      (vault ? [vault] : world.vaults).flatMap((one) =>
        Array.from({ length: world.count(one) }, (_, index) => world.item(one, index)),
      ),
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await simulator[Symbol.asyncDispose]();
    },
  };
}

/** All rows of a list, page by page. `part`: where the rows are in the answer. */
export async function allRows<Row>(
  session: Session,
  tool: string,
  part: string,
  args: Record<string, unknown> = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const data = await session.ask(tool, cursor === undefined ? args : { ...args, cursor });
    assert.equal(data.count, data[part].length);
    assert.equal(data.truncated, data.next_cursor !== undefined);
    rows.push(...data[part]);
    assert.ok(rows.length <= data.total);
    cursor = data.next_cursor;
  } while (cursor !== undefined);
  return rows;
}
