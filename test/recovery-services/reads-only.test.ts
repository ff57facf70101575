import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as z from 'zod';
import type { Tool } from '../../src/recovery-services/registry.ts';
import { TOOLS } from '../../src/recovery-services/tools.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { simulate } from '../support/simulated.ts';
import { ALLOWED, type Session, startOnSimulator } from './session.ts';

/** POSTs that ask something and change nothing. */
const QUESTIONS =
  /\/(backupStatus|backupValidateFeatures|backupPreValidateProtection|backupValidateOperation|recoveryPointsRecommendedForMove|resources)$/i;

type Schema = {
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
};
type Arguments = Record<string, unknown>;
type Call = { tool: Tool; args: Arguments };

/** Names that there are in the estate, so that calls get past the look-up. */
function namesIn(simulator: Simulator): Record<string, string[]> {
  const world = simulator.azure?.world;
  assert.ok(world);
  const [vault] = world.vaults;
  assert.ok(vault);
  const items = [0, 1, 2, 3, 4].map((index) => world.item(vault, index));
  const { subscription, group, name } = vault;
  const machine = (item: { holder: string; group: string }) =>
    `/subscriptions/${subscription}/resourceGroups/${item.group}/providers/Microsoft.Compute/virtualMachines/${item.holder}`;
  return {
    vault_name: [name, 'kv-nobody'],
    resource_group: [group],
    subscription_id: [subscription],
    vm_name: items.map(({ holder }) => holder),
    vm_resource_group: items.map((item) => item.group),
    vm_resource_id: items.map(machine),
    policy_name: [...items.map(({ policy }) => policy.name), 'new-policy'],
    recovery_point_id: ['latest', '123456789012345678'],
    times: ['02:00'],
    window_start: ['08:00'],
    handle: ['https://evil.example/op', 'x.y'],
  };
}

/** Arguments of a tool: those that its schema asks for, and some of the others, mostly right. */
function argumentsOf(tool: Tool, names: Record<string, string[]>): fc.Arbitrary<Arguments> {
  const { properties = {}, required = [] } = z.toJSONSchema(tool.input, { io: 'input' });
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const known = names[name];
    model[name] = known ? fc.constantFrom(...known) : valueOf(schema as Schema);
  }
  // All of it, as a caller would who tries hard.
  const agreed = Object.fromEntries(
    Object.keys(properties)
      .filter((name) => name === 'confirm')
      .map((name) => [name, true]),
  );
  return fc.record(model, { requiredKeys: required }).map((args) => ({ ...args, ...agreed }));
}

function valueOf({
  type,
  enum: words,
  anyOf,
  items,
  minimum = 0,
  maximum = 60,
}: Schema): fc.Arbitrary<unknown> {
  if (words) return fc.constantFrom(...words);
  if (anyOf) return fc.oneof(...anyOf.map(valueOf));
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number')
    return fc.integer({ min: Math.max(minimum, 0), max: Math.min(maximum, 60) });
  if (type === 'array') return fc.array(valueOf(items ?? {}), { maxLength: 2 });
  return fc.constantFrom(
    'a',
    '2026-03-01T00:00:00Z',
    '00000000-0000-4000-8000-000000000001',
    "'; drop",
    '../..',
  );
}

const callOf = (names: Record<string, string[]>, tools: readonly Tool[]): fc.Arbitrary<Call> =>
  fc.constantFrom(...tools).chain((tool) => argumentsOf(tool, names).map((args) => ({ tool, args })));

/** @returns how many calls were answered with something else than an error */
async function calledAll(session: Session, calls: Call[]): Promise<number> {
  let answered = 0;
  for (const { tool, args } of calls) {
    const { isError } = await session.call(tool.name.replace('recovery_services_', ''), args);
    answered += isError ? 0 : 1;
  }
  return answered;
}

/** Requests since the last look that are no reads. */
function changesIn(simulator: Simulator): string[] {
  const { requests } = simulator.azure ?? {};
  assert.ok(requests);
  const found = requests
    .list()
    .filter(({ method, path }) => method !== 'GET' && !(method === 'POST' && QUESTIONS.test(path)))
    .map(({ method, path }) => `${method} ${path}`);
  requests.clear();
  return found;
}

const RUNS = { numRuns: 12, seed: 365 };
/** What a client may still be waiting for is not waited for. */
const hurried = (call: Call): Call => ({
  ...call,
  args: { ...call.args, ...('wait_seconds' in call.tool.input.shape ? { wait_seconds: 0 } : {}) },
});

test('with the usual settings no sequence of calls makes anything but reads leave the process', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', azureDays: 20 });
  await using session = await startOnSimulator(simulator);
  const calls = fc.array(callOf(namesIn(simulator), TOOLS), { minLength: 6, maxLength: 12 });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      answered += await calledAll(session, sequence.map(hurried));
      assert.deepEqual(changesIn(simulator), []);
    }),
    RUNS,
  );
  assert.deepEqual(session.audit(), []);
  assert.ok(answered >= 15, `${answered} calls got past their arguments`);
});

test('with everything allowed, a dry run and what is not confirmed send nothing but reads', async () => {
  await using simulator = await simulate({ scenario: 'azure-healthy', azureDays: 20 });
  await using session = await startOnSimulator(simulator, { settings: ALLOWED });
  const dry = TOOLS.filter((tool) => tool.class === 'write' || tool.class === 'destructive');
  const calls = fc.array(fc.tuple(callOf(namesIn(simulator), dry), fc.boolean()), {
    minLength: 6,
    maxLength: 12,
  });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const held = sequence.map(([call, isDry]) => {
        const { args } = hurried(call);
        const { confirm: _, ...unconfirmed } = args;
        // Without confirm only what is destructive is held back.
        const isHeld = isDry || call.tool.class === 'write';
        return { ...call, args: isHeld ? { ...args, dry_run: true } : { ...unconfirmed, dry_run: false } };
      });
      answered += await calledAll(session, held);
      assert.deepEqual(changesIn(simulator), []);
    }),
    RUNS,
  );
  assert.deepEqual(session.audit(), []);
  assert.ok(answered >= 15, `${answered} calls got past their arguments`);
});
