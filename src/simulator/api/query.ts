import { enumValues } from '../contract/enums.ts';
import type { Parameter } from '../contract/operations.ts';
import type { RevisionIndex } from '../contract/revisions.ts';
import type { Zone } from '../zone.ts';
import { badValue } from './errors.ts';

export type QueryValue = string | number | boolean;

/** The parameters of a request that the operation knows, each with its values; times are milliseconds. */
export type Query = Map<string, QueryValue[]>;

const NAIVE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?$/;
const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const UUID = /^[{(]?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}[)}]?$/i;

/** Reads what the operation knows and leaves out the rest, as the product does. @throws ApiError 400 for a bad value */
export function parseQuery(
  given: URLSearchParams,
  known: Map<string, Parameter>,
  revision: RevisionIndex,
  zone: Zone,
): Query {
  const query: Query = new Map();
  for (const [name, text] of given) {
    const parameter = known.get(name);
    if (!parameter || text === '') continue;
    const value = parseValue(text, parameter, revision, zone);
    query.set(name, parameter.isArray ? [...(query.get(name) ?? []), value] : [value]);
  }
  return query;
}

export const firstOf = (query: Query, name: string): QueryValue | undefined => query.get(name)?.[0];

export function numberOf(query: Query, name: string): number | undefined {
  const value = firstOf(query, name);
  return typeof value === 'number' ? value : undefined;
}

export function textOf(query: Query, name: string): string | undefined {
  const value = firstOf(query, name);
  return typeof value === 'string' ? value : undefined;
}

/** The values of an array parameter as a set; undefined where it is not given. */
export function setOf(query: Query, name: string): ReadonlySet<QueryValue> | undefined {
  const values = query.get(name);
  return values && new Set(values);
}

function parseValue(
  text: string,
  { name, type }: Parameter,
  revision: RevisionIndex,
  zone: Zone,
): QueryValue {
  if (type === 'text') return text;
  if (type === 'int' || type === 'number') return parseNumber(text, name, type);
  if (type === 'bool') return parseBoolean(text, name);
  if (type === 'time') return parseTime(text, name, zone);
  if (type === 'uuid') return parseId(text, name);
  return parseEnum(text, name, type, revision);
}

function parseNumber(text: string, name: string, type: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && (type === 'number' || Number.isSafeInteger(value))) return value;
  throw badValue(name, type === 'int' ? 'an integer' : 'a number');
}

function parseBoolean(text: string, name: string): boolean {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  throw badValue(name, 'true or false');
}

/** A time without a zone is local time of the server. */
function parseTime(text: string, name: string, zone: Zone): number {
  const iso = text.replace(/(\.\d{3})\d+/, '$1');
  const value = NAIVE.test(text)
    ? zone.toUtc(Date.parse(`${iso}${iso.includes('T') ? '' : 'T00:00'}Z`))
    : Date.parse(iso);
  if ((NAIVE.test(text) || ZONED.test(text)) && Number.isFinite(value)) return value;
  throw badValue(name, 'an ISO 8601 time');
}

function parseId(text: string, name: string): string {
  if (UUID.test(text)) return text.replace(/[{}()]/g, '').toLowerCase();
  throw badValue(name, 'a UUID');
}

function parseEnum(text: string, name: string, type: string, revision: RevisionIndex): string {
  const values = enumValues(type, revision);
  if (values?.has(text)) return text;
  const other = [...(values ?? [])].find((value) => value.toLowerCase() === text.toLowerCase());
  if (other !== undefined) return other;
  throw badValue(name, `one of ${[...(values ?? [])].slice(0, 5).join(', ')} …`);
}
