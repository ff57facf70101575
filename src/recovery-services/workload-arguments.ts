import * as z from 'zod';
import { JOB_OPERATIONS, JOB_STATES, MANAGEMENT_TYPES } from '../azure/enums.ts';

/** The known values; `Invalid` is none that anybody asks for. */
const oneOf = (values: readonly string[]) => z.enum(values.filter((value) => value !== 'Invalid'));

export const managementType = oneOf(MANAGEMENT_TYPES);
export const jobStatus = oneOf(JOB_STATES);
export const jobOperation = oneOf(JOB_OPERATIONS);
const WORKLOAD_TYPES = [
  'VM',
  'SQLDataBase',
  'SAPHanaDatabase',
  'SAPAseDatabase',
  'AzureFileShare',
  'FileFolder',
  'SystemState',
  'VMwareVM',
  'SQLDB',
  'AzureSqlDb',
  'Exchange',
  'Sharepoint',
];

/** Azure adds more. Known ones are sent as Azure writes them. */
export const workloadType = z
  .string()
  .trim()
  .regex(/^\w{1,40}$/, 'it has to be one word')
  .transform((given) => WORKLOAD_TYPES.find((known) => isSame(known, given)) ?? given)
  .describe('VM, SQLDataBase, SAPHanaDatabase, AzureFileShare …');
export const namePart = z.string().trim().min(1).max(120);

/** Equal as Azure compares names and enumerations: without letter case. */
export const isSame = (left: string | undefined, right: string | undefined): boolean =>
  left?.toLowerCase() === right?.toLowerCase();

export const hasPart = (names: readonly (string | undefined)[], part: string | undefined): boolean =>
  part === undefined || names.some((name) => name?.toLowerCase().includes(part.toLowerCase()) ?? false);

/** How many rows there are of each kind, the most frequent first. */
export function tally<Row>(rows: readonly Row[], kindOf: (row: Row) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(kindOf(row), (counts.get(kindOf(row)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
