import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import {
  type ElicitRequest,
  ElicitRequestSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { ConnectionOptions } from '../../src/azure/connection.ts';
import type { AzureSettings } from '../../src/azure/settings.ts';
import type { RecoveryServicesSettings } from '../../src/config/recovery-services-section.ts';
import { createLog } from '../../src/log.ts';
import { createProgram } from '../../src/recovery-services/program.ts';
import { createRecoveryServicesServer } from '../../src/recovery-services/server.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { SUBSCRIPTION, startFakeArm, TOKEN } from '../azure/fake-arm.ts';

type Structured = { ok: boolean; data?: any; meta?: any; error?: any }; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of all tools
export type Called = { isError: boolean; text: string; structured: Structured };

export type Session = AsyncDisposable & {
  client: Client;
  /** A call, whatever comes of it. */
  call: (tool: string, args?: Record<string, unknown>, signal?: AbortSignal) => Promise<Called>;
  /** The same; with `confirm: true` its plan is looked at before. */
  callShown: (tool: string, args?: Record<string, unknown>) => Promise<Called>;
  /** A call that has to succeed: its data. As `refused` it looks at plans before. */
  ask: (tool: string, args?: Record<string, unknown>) => Promise<Structured['data']>;
  /** A call that has to fail: its error. */
  refused: (tool: string, args?: Record<string, unknown>) => Promise<Structured['error']>;
  /** What was logged. */
  log: () => string;
  /** Lines of the log about writes. */
  audit: () => Record<string, unknown>[];
  /** Every byte that left in answers and in the log. */
  everything: () => string;
  /** Folder of tokens and keys. */
  stateDir: string;
};

export type SessionOptions = {
  azure: AzureSettings;
  settings?: Partial<RecoveryServicesSettings>;
  connection?: ConnectionOptions;
  /** How the person answers; without it the client cannot be asked. */
  elicit?: (params: ElicitRequest['params']) => ElicitResult;
};

/** What must not leave in any answer or log of the tests so far; every session checks itself when it ends. */
const secrets = new Set([TOKEN]);
export const neverLeaves = (...texts: string[]): void => {
  for (const text of texts) secrets.add(text);
};

/** All that is allowed, for tests of writes. */
export const ALLOWED = { allowWrites: true, allowDestructive: true };

/** The server in this process, and the SDK's client connected to it. It writes nothing outside a folder of its own. */
export async function startSession({
  azure,
  settings = {},
  connection = {},
  elicit,
}: SessionOptions): Promise<Session> {
  const stateDir = mkdtempSync(join(tmpdir(), 'dr365-rs-'));
  const lines: string[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(line) });
  const program = createProgram(
    {
      lookedAt: [],
      azure,
      subscriptionIds: [SUBSCRIPTION],
      resourceGroup: null,
      vaults: [],
      allowWrites: false,
      allowDestructive: false,
      stateDir,
      keepsTokens: true,
      ...settings,
    },
    log,
    connection,
  );
  const { mcp } = createRecoveryServicesServer(program);
  const [left, right] = InMemoryTransport.createLinkedPair();
  const answers: string[] = [];
  const client = new Client(
    { name: 'dr365 test', version: '1.0.0' },
    { capabilities: elicit ? { elicitation: {} } : {} },
  );
  if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params));
  await Promise.all([mcp.connect(right), client.connect(left)]);
  answers.push(JSON.stringify(await client.listTools()));

  const call: Session['call'] = async (tool, args = {}, signal) => {
    const given = { name: `recovery_services_${tool}`, arguments: args };
    const result = await client.callTool(given, undefined, signal ? { signal } : {});
    answers.push(JSON.stringify(result));
    const [first] = result.content as { text: string }[];
    const structured = result.structuredContent as Structured;
    return { isError: result.isError === true, text: first?.text ?? '', structured };
  };
  /** What is confirmed has been shown. */
  const callShown: Session['call'] = async (tool, args = {}) => {
    const { confirm, ...others } = args;
    if (confirm === true) await call(tool, others);
    return call(tool, args);
  };
  const everything = () => [...answers, ...lines].join('\n');
  return {
    client,
    stateDir,
    call,
    callShown,
    ask: async (tool, args) => {
      const { isError, text, structured } = await callShown(tool, args);
      assert.equal(isError, false, text);
      assert.equal(structured.ok, true);
      return structured.data;
    },
    refused: async (tool, args) => {
      const { isError, text, structured } = await callShown(tool, args);
      assert.equal(isError, true, text);
      assert.equal(structured.ok, false);
      return structured.error;
    },
    log: () => lines.join(''),
    audit: () => lines.map((line) => JSON.parse(line)).filter((line) => line.audit === true),
    everything,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await program.close();
      rmSync(stateDir, { recursive: true, force: true });
      for (const secret of secrets)
        assert.ok(!everything().includes(secret), 'a secret left in an answer or the log');
    },
  };
}

/** The settings of a fake resource manager and of one vault in it, which is the default one. */
export async function startFake(
  routes: Parameters<typeof startFakeArm>[0],
  options: Partial<SessionOptions> = {},
): Promise<{ arm: Awaited<ReturnType<typeof startFakeArm>>; session: Session } & AsyncDisposable> {
  const arm = await startFakeArm(routes);
  const session = await startSession({
    azure: {
      resourceManagerUrl: arm.origin,
      tls: { mode: 'ca', ca: arm.certificate.cert },
      credential: { mode: 'static', token: TOKEN },
    },
    ...options,
    settings: { vaults: [FAKE_VAULT], ...options.settings },
    connection: { clock: arm.clock, ...options.connection },
  });
  return {
    arm,
    session,
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
      await arm[Symbol.asyncDispose]();
    },
  };
}

const FAKE_VAULT = {
  alias: 'prod',
  vault: 'kv1',
  resourceGroup: 'rg-vault',
  subscriptionId: SUBSCRIPTION,
  description: null,
  isDefault: true,
};

/** A session on the simulated Azure, whose vaults are configured by their own names; the first one is the default. */
export function startOnSimulator(
  simulator: Simulator,
  options: Partial<SessionOptions> = {},
): Promise<Session> {
  const { azure, caFile } = simulator;
  assert.ok(azure, 'the scenario has no Azure');
  neverLeaves(azure.token, azure.clientSecret);
  const vaults = azure.world.vaults.map(({ name, group, subscription }, index) => ({
    alias: null,
    vault: name,
    resourceGroup: group,
    subscriptionId: subscription,
    description: null,
    isDefault: index === 0,
  }));
  return startSession({
    azure: {
      resourceManagerUrl: azure.url,
      credential: { mode: 'static', token: azure.token },
      tls: { mode: 'ca', ca: readFileSync(caFile, 'utf8') },
    },
    ...options,
    settings: { subscriptionIds: azure.subscriptions, vaults, ...options.settings },
  });
}
