import { VM_NOT_FOUND } from './errors.ts';
import type { OperationKind } from './operations.ts';
import type { AzureWorld } from './world.ts';

/** How an estate takes writes; each has machines as well that no vault protects. */
type WriteScenario = { name: string; summary: string; prepare: (world: AzureWorld) => void };

const ALL_GUARDED = [
  'deleteProtectedItemRequests',
  'updateProtectedItemRequests',
  'updateProtectionPolicyRequests',
  'triggerRestoreRequests',
];
const INTERNAL = {
  code: 'CloudInternalError',
  message:
    'Microsoft Azure Backup encountered an internal error. Wait for a few minutes and then try the operation again. If the issue persists, please contact Microsoft support.',
};
/** What the first operation of each kind fails with. */
const FIRST_FAILURES: [OperationKind, typeof INTERNAL][] = [
  ['protect', INTERNAL],
  ['stop', INTERNAL],
  ['delete', INTERNAL],
  ['backup', VM_NOT_FOUND],
  ['restore', INTERNAL],
  ['mount', INTERNAL],
  ['policy', INTERNAL],
  ['refresh', INTERNAL],
  ['cancel', INTERNAL],
];

export const WRITE_SCENARIOS: readonly WriteScenario[] = [
  {
    name: 'azure-writable',
    summary: 'five machines to be protected, and no vault is immutable: whatever is written is done',
    prepare: ({ vaults }) => {
      for (const vault of vaults) vault.immutability = 'Disabled';
    },
  },
  {
    name: 'azure-guarded-writes',
    summary:
      'five machines, and a second person has to approve of what is stopped, deleted, shortened or restored',
    prepare: ({ vaults }) => {
      for (const vault of vaults) vault.guarded = [...vault.guarded, ...ALL_GUARDED];
    },
  },
  {
    name: 'azure-troubled-writes',
    summary:
      'five machines; of each kind the first operation fails after it was accepted, then a job fails, and Retry-After changes',
    prepare: ({ writes }) => {
      for (const [kind, error] of FIRST_FAILURES) writes.failures.push({ kind, ...error, times: 1 });
      writes.failingJobs = 1;
      writes.retryAfter = [20, 2, null, 1];
    },
  },
  {
    name: 'azure-reader',
    summary: 'five machines, and the account is a Backup Reader: whatever is written is answered by 403',
    prepare: (world) => {
      world.account = 'reader';
    },
  },
];
