import { ArmFailure } from './errors.ts';
import type { AzureWorld } from './world.ts';

export type OperationKind =
  | 'protect'
  | 'stop'
  | 'undelete'
  | 'delete'
  | 'backup'
  | 'restore'
  | 'mount'
  | 'unmount'
  | 'policy'
  | 'register'
  | 'unregister'
  | 'inquire'
  | 'refresh'
  | 'cancel'
  | 'validate';

type ErrorBody = { code: string; message: string };

/** What the operation that a request started has come to. */
export type Operation = {
  status: 'InProgress' | 'Succeeded' | 'Failed';
  startedAt: number;
  endedAt?: number;
  /** When it will end; absent: never, or it has. */
  endsAt?: number;
  kind?: OperationKind;
  /** The path of what it belongs to, in lower case; its state is told there alone. */
  place?: string;
  /** What nothing else may be done with meanwhile. */
  lock?: string;
  jobId?: string;
  /** What the state says besides, once it has succeeded. */
  properties?: () => Record<string, unknown>;
  error?: ErrorBody;
  /** Made true by its end, unless it fails. */
  effect?: (at: number) => void;
  /** How often its state was asked for. */
  looks?: number;
};

/** An operation that is accepted and fails nevertheless. */
type PlannedFailure = ErrorBody & { kind?: OperationKind; times?: number };

/** How writes are answered. Tests and scenarios may change all of it at any time. */
export type Writes = {
  /** Seconds until an operation has ended. */
  seconds: number;
  /** What `Retry-After` says, in turn, the last one for ever; null: no such header. Empty: what the documentation has. */
  retryAfter: (number | null)[];
  failures: PlannedFailure[];
  /** Backups and restores of which the operation succeeds and the job fails. */
  failingJobs: number;
  /** Machines, by id in lower case, that are gone though lists still have them. */
  goneMachines: Set<string>;
  /** There are no cores left for another machine: validation says so, and the job fails. */
  isQuotaReached: boolean;
  /** Operations are accepted and go on, but their addresses are answered by 404. */
  isForgetful: boolean;
  /** Scripts and passwords that were handed out; nobody may write them down. */
  secrets: Set<string>;
};

export const usualWrites = (): Writes => ({
  seconds: 8,
  retryAfter: [],
  failures: [],
  failingJobs: 0,
  goneMachines: new Set(),
  isQuotaReached: false,
  isForgetful: false,
  secrets: new Set(),
});

type Start = Pick<Operation, 'place' | 'lock' | 'jobId' | 'properties' | 'effect' | 'error'> & {
  kind: OperationKind;
};

/** Looks at an operation after which it has ended, if the clock stands still. */
const ENOUGH_LOOKS = 2;

/**
 * Accepts a write. Its effect comes about when it ends, not before.
 * @throws ArmFailure 409 while something else is being done with the same thing
 */
export function startOperation(world: AzureWorld, { kind, ...start }: Start): string {
  const now = world.now();
  const { writes, operations } = world;
  if (start.lock !== undefined && isLocked(world, start.lock))
    throw new ArmFailure(
      409,
      'BMSUserErrorObjectLocked',
      'Another operation is in progress on the selected item. Please wait until it is completed, and then retry the operation.',
    );
  const error = start.error ?? plannedFailure(writes, kind);
  const id = world.ids(world.vaults[0] ?? fail()).of('asyncTask', FIRST_NUMBER + operations.size);
  operations.set(id, {
    ...start,
    kind,
    status: 'InProgress',
    startedAt: now,
    endsAt: now + writes.seconds * 1000,
    looks: 0,
    ...(error && { error }),
  });
  return id;
}

/** Ends what has come to its end by now, in the order of the ends. */
export function settle({ operations }: AzureWorld, now: number): void {
  const due = [...operations.values()]
    .filter(({ status, endsAt = Number.POSITIVE_INFINITY }) => status === 'InProgress' && endsAt <= now)
    .sort((a, b) => (a.endsAt ?? 0) - (b.endsAt ?? 0));
  for (const one of due) end(one, one.endsAt ?? now);
}

/** Somebody asks how it stands. With a clock that stands still the second time is its end. */
export function look({ settings, now }: AzureWorld, operation: Operation): void {
  operation.looks = (operation.looks ?? 0) + 1;
  if (settings.speed > 0 || operation.status !== 'InProgress' || operation.endsAt === undefined) return;
  if (operation.looks >= ENOUGH_LOOKS) end(operation, now());
}

const isLocked = ({ operations }: AzureWorld, lock: string): boolean =>
  [...operations.values()].some((one) => one.status === 'InProgress' && one.lock === lock);

function end(operation: Operation, at: number): void {
  operation.endedAt = at;
  operation.status = operation.error ? 'Failed' : 'Succeeded';
  if (!operation.error) operation.effect?.(at);
}

function plannedFailure({ failures }: Writes, kind: OperationKind): ErrorBody | undefined {
  const found = failures.find((one) => one.times !== 0 && (one.kind === undefined || one.kind === kind));
  if (!found) return undefined;
  if (found.times !== undefined) found.times -= 1;
  return { code: found.code, message: found.message };
}

/** Those before are of operations that were there from the start. */
const FIRST_NUMBER = 1000;

function fail(): never {
  throw new RangeError('an Azure half has a vault at least');
}
