import { badRequest } from '../errors.ts';

/** Conditions of a filter by lower-cased name. */
export type Filter = Map<string, string>;

const CONDITION = /^\s*([A-Za-z]+)\s+eq\s+'((?:[^']|'')*)'\s*(?:and\s+|$)/i;

/**
 * Reads the subset of OData that Azure Backup knows: `name eq 'value'`, joined by `and`, each name once.
 * @throws ArmFailure 400 for all else, and for names that the operation does not know
 */
export function parseFilter(text: string | null, allowed: readonly string[]): Filter {
  const filter: Filter = new Map();
  let rest = text?.trim() ?? '';
  while (rest !== '') {
    const match = CONDITION.exec(rest);
    const [all = '', name = '', value = ''] = match ?? [];
    if (!match) throw badRequest(`The filter cannot be read from ${rest.slice(0, 60)} on`);
    const known = allowed.find((one) => one.toLowerCase() === name.toLowerCase());
    if (!known) throw badRequest(`The filter knows no ${name}: it has to be one of ${allowed.join(', ')}`);
    if (filter.has(known.toLowerCase())) throw badRequest(`The filter names ${known} twice`);
    filter.set(known.toLowerCase(), value.replaceAll("''", "'"));
    rest = rest.slice(all.length);
    if (rest === '' && /\sand\s+$/i.test(all)) throw badRequest('The filter ends with "and"');
  }
  return filter;
}

/** Whether all conditions on `values` hold; case means nothing. A value that a row does not have fits no condition. */
export function fits(filter: Filter, values: Record<string, string | undefined>): boolean {
  return Object.entries(values).every(([name, value]) => {
    const wanted = filter.get(name.toLowerCase());
    return wanted === undefined || wanted.toLowerCase() === value?.toLowerCase();
  });
}

const TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ([AP])M$/i;

/**
 * The two ends of a time. Both have to be there, as UTC on a 12-hour clock; the specification's own sample writes midnight as
 * `00:00:00 AM`, so that is read, too. undefined: none was given.
 * @throws ArmFailure 400
 */
export function windowOf(
  filter: Filter,
  first: string,
  last: string,
): { from: number; to: number } | undefined {
  const [start, end] = [filter.get(first.toLowerCase()), filter.get(last.toLowerCase())];
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined)
    throw badRequest(`${first} and ${last} have to come together`);
  const [from, to] = [toInstant(first, start), toInstant(last, end)];
  if (from > to) throw badRequest(`${first} has to be before ${last}`);
  return { from, to };
}

function toInstant(name: string, text: string): number {
  const [, year, month, day, hour, minute, second, half] = TIME.exec(text) ?? [];
  const hours = Number(hour);
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    (hours % 12) + (half?.toUpperCase() === 'P' ? 12 : 0),
    Number(minute),
    Number(second),
  );
  const isTime = half !== undefined && hours <= 12 && Number(minute) < 60 && Number(second) < 60;
  if (isTime && new Date(at).getUTCDate() === Number(day)) return at;
  throw badRequest(`${name} has to be like 2025-01-10 12:00:00 AM, not ${text.slice(0, 40)}`);
}
