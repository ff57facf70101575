import assert from 'node:assert/strict';
import type { SimulatorOptions } from '../../../src/simulator/options.ts';
import {
  type Answer,
  type AzureTest,
  filtered,
  pathOf,
  type Row,
  startAzureTest,
  VERSION,
} from './client.ts';

export type Writing = AzureTest & {
  send: (method: string, target: string, body?: unknown) => Promise<Answer>;
  /** Sends a request that has to be accepted, and follows its operation to the end. */
  carryOut: (method: string, target: string, body?: unknown) => Promise<Answer>;
  /** A request that has to be refused: its status and code. */
  refused: (method: string, target: string, body?: unknown) => Promise<[number, string | undefined]>;
  /** The first machine that is protected by the first vault. */
  machine: () => Promise<Row>;
};

export async function startWriting(options: SimulatorOptions = {}): Promise<Writing> {
  const arm = await startAzureTest({ azureItems: 12, azureVaults: 3, ...options });
  const send: Writing['send'] = (method, target, body) =>
    arm.ask(withVersion(target), { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return Object.assign(arm, {
    send,
    carryOut: async (method: string, target: string, body?: unknown) => {
      const accepted = await send(method, target, body);
      assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
      return follow(arm, accepted);
    },
    refused: async (method: string, target: string, body?: unknown) => {
      const { status, body: answer } = await send(method, target, body);
      return [status, answer.error?.code] as [number, string | undefined];
    },
    machine: async () => {
      const { body } = await arm.ask(filtered(`${arm.vault}/backupProtectedItems`, "itemType eq 'VM'"));
      return body.value?.[0] as Row;
    },
  });
}

/** The last answer of the operation's own address, where it has one, else of its result's. */
export async function follow({ ask }: AzureTest, accepted: Answer): Promise<Answer> {
  const status = accepted.headers['azure-asyncoperation'];
  const target = String(status ?? accepted.headers.location);
  for (let looks = 0; looks < 5; looks += 1) {
    const answer = await ask(target);
    if (status === undefined ? answer.status !== 202 : answer.body.status !== 'InProgress') return answer;
  }
  throw new Error('the operation does not end');
}

export const jobOf = ({ body }: Answer): string => {
  const { jobId } = (body.properties ?? {}) as { jobId?: string };
  assert.ok(jobId, JSON.stringify(body));
  return jobId;
};

/** The address of an item or a point, as it goes into a path. */
export const at = ({ id }: { id: string }, more = ''): string => `${pathOf(id)}${more}`;

const withVersion = (target: string) => `${target}${target.includes('?') ? '&' : '?'}${VERSION}`;

export const MACHINE = 'Microsoft.Compute/virtualMachines';

/** The body that protects a machine. */
export const protection = (vault: string, source: unknown, policy = 'DefaultPolicy', more = {}) => ({
  properties: {
    protectedItemType: MACHINE,
    sourceResourceId: source,
    policyId: `${vault}/backupPolicies/${policy}`,
    ...more,
  },
});

export const dailyPolicy = (count: number, more = {}) => ({
  properties: {
    backupManagementType: 'AzureIaasVM',
    timeZone: 'Pacific Standard Time',
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicy',
      scheduleRunFrequency: 'Daily',
      scheduleRunTimes: ['2018-01-24T02:00:00Z'],
    },
    retentionPolicy: {
      retentionPolicyType: 'LongTermRetentionPolicy',
      dailySchedule: {
        retentionTimes: ['2018-01-24T02:00:00Z'],
        retentionDuration: { count, durationType: 'Days' },
      },
    },
    ...more,
  },
});

export const restoreBody = (point: Row, source: unknown, region: string, more = {}) => ({
  properties: {
    objectType: 'IaasVMRestoreRequest',
    recoveryPointId: point.name,
    recoveryType: 'RestoreDisks',
    sourceResourceId: source,
    storageAccountId:
      '/subscriptions/0/resourceGroups/rg-staging/providers/Microsoft.Storage/storageAccounts/ststaging',
    region,
    createNewCloudService: false,
    originalStorageAccountOption: false,
    encryptionDetails: { encryptionEnabled: false },
    ...more,
  },
});
