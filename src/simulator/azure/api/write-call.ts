import { ArmFailure, badRequest } from '../errors.ts';
import { type Operation, type OperationKind, startOperation } from '../operations.ts';
import type { Vault } from '../types.ts';
import type { Call, Result } from './call.ts';
import { guardId } from './vault-view.ts';

export type Properties = Record<string, unknown>;

/** How operations of a kind are followed: below which path, by which names, and with which version in the links. */
type Following = { status?: string; result: string; version: string; statusVersion?: string; wait: number };

const AT_ITEM = { status: 'operationsStatus', result: 'operationResults', version: '2016-12-01', wait: 60 };
const AT_CONTAINER = { ...AT_ITEM, version: '2017-07-01' };

/** As the official examples have it. */
const FOLLOWING: Record<OperationKind, Following> = {
  protect: AT_ITEM,
  stop: AT_ITEM,
  undelete: AT_ITEM,
  backup: AT_ITEM,
  mount: AT_ITEM,
  unmount: AT_ITEM,
  restore: { ...AT_ITEM, version: '2017-07-01' },
  delete: { ...AT_ITEM, status: 'backupOperations', result: 'backupOperationResults' },
  policy: { ...AT_ITEM, status: 'operations', version: '2016-06-01' },
  register: { ...AT_ITEM, statusVersion: '2019-05-13-preview' },
  unregister: AT_CONTAINER,
  inquire: AT_ITEM,
  refresh: { result: 'operationResults', version: '2016-12-01', wait: 60 },
  cancel: { result: 'operationResults', version: '2017-07-01', wait: 60 },
  validate: {
    status: 'backupValidateOperationsStatuses',
    result: 'backupValidateOperationResults',
    version: '2022-03-01',
    wait: 10,
  },
};

type Accepted = Pick<Operation, 'lock' | 'jobId' | 'properties' | 'effect' | 'error'> & {
  kind: OperationKind;
  /** What the links begin with. */
  below: string;
};

/** Starts an operation and answers 202 with where it can be followed. */
export function accept(call: Call, { kind, below, ...start }: Accepted): Result {
  const id = startOperation(call.world, { ...start, kind, place: below.toLowerCase() });
  return { status: 202, body: undefined, headers: linksOf(call, kind, below, id) };
}

/** The headers of a 202, which are repeated as long as the operation runs. */
export function linksOf(call: Call, kind: OperationKind, below: string, id: string): Record<string, string> {
  const { status, result, version, statusVersion = version } = FOLLOWING[kind];
  const at = (name: string, of: string) =>
    `${call.origin}${encodeURI(below)}/${name}/${id}?api-version=${of}`;
  return {
    ...(status !== undefined && { 'azure-asyncoperation': at(status, statusVersion) }),
    location: at(result, version),
    ...waitOf(call, kind),
  };
}

/** What is asked for in seconds of the caller: with a fast clock there are fewer of them. */
export function waitOf({ world }: Call, kind: OperationKind): Record<string, string> {
  const { retryAfter } = world.writes;
  const planned = retryAfter.length > 1 ? retryAfter.shift() : retryAfter[0];
  if (planned === null) return {};
  const usual = Math.max(1, Math.ceil(FOLLOWING[kind].wait / Math.max(1, world.settings.speed)));
  return { 'retry-after': String(planned ?? usual) };
}

/** @throws ArmFailure 400 unless there is a body with properties */
export function propertiesOf({ body }: Call): Properties {
  const { properties } = (body ?? {}) as Properties;
  if (isRecord(properties)) return properties;
  throw badRequest('Input provided for the call is invalid. Please check the required inputs: properties');
}

export const isRecord = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that has to be a text; undefined: it is absent, null or empty. @throws ArmFailure 400 */
export function textIn(from: Properties, name: string): string | undefined {
  const value = from[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw badRequest(`Input provided for the call is invalid: ${name} has to be a string`);
}

/** @throws ArmFailure 400 for an unknown one; undefined: it is absent */
export function wordIn<Word extends string>(
  from: Properties,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textIn(from, name);
  if (text === undefined) return undefined;
  const found = words.find((one) => one.toLowerCase() === text.toLowerCase());
  if (found) return found;
  throw badRequest(
    `Input provided for the call is invalid: ${name} has to be one of ${words.join(', ')}, not ${text.slice(0, 60)}`,
  );
}

/**
 * A critical operation needs the approval of a second person, who owns the guard.
 * @throws ArmFailure 400 without it
 */
export function checkGuard(vault: Vault, operation: string, requests: unknown): void {
  if (!vault.hasGuard || !vault.guarded.includes(operation)) return;
  const wanted = `${guardId(vault)}/${operation}/default`.toLowerCase();
  const given = Array.isArray(requests) ? requests.map((one) => String(one).toLowerCase()) : [];
  if (given.includes(wanted)) return;
  throw new ArmFailure(
    400,
    'UserErrorResourceGuardOperationRequestInvalid',
    `ResourceGuard Operation requestid is either null or empty. The operation is protected by a resource guard: give ${wanted} in resourceGuardOperationRequests`,
  );
}

/** With the spelling of the service. */
export const immutable = (): ArmFailure =>
  new ArmFailure(
    400,
    'UserErrorOperationDeniedOnImmutableItem',
    'The Vault and Bakcup Item is in Immutable state where destructive operations are not supported. The Vault and Backup Item is immutable, hence operation is denied. Refer to the documentation to learn more: https://aka.ms/AB-ImmutableVaults-States ',
  );

/** The id of a job of the operation that is about to be started; one may have several. */
export const jobIdFor = ({ world }: Call, vault: Vault, place = 0): string =>
  world.ids(vault).of('object', JOBS_FROM + world.operations.size, place);

/** More than any vault has items, whose own jobs have ids of the same kind. */
const JOBS_FROM = 1_000_000;
