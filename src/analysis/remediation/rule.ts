import type { RiskScope } from '../risk/facts.ts';
import type { RiskChange } from '../risk/what-if.ts';
import type { Case, Platform, RiskType, Row } from './evidence.ts';

/** A number that a sentence rests on, and the row where it can be read. */
export interface Cite {
  source: string;
  id: string;
  field: string;
  value: number | string | boolean | null;
  /** Epoch milliseconds. */
  asOf: number | null;
}

export interface Hypothesis {
  /** Our own words and numbers; text of the source is in cites alone. */
  text: string;
  cites: readonly Cite[];
}

export interface Step {
  text: string;
  minutes: number;
}

/** What an option changes: facts that the scorer knows, one hazard by its effect alone, only doubt, or nothing that is scored. */
export type Effect =
  | { kind: 'changes'; changes: readonly RiskChange[] }
  | { kind: 'hazard'; q: number }
  | { kind: 'doubt' }
  | { kind: 'unscored' };

/** Whether an option deletes restore points, or where it sends data: what can collide with another plan. */
type Touch = 'deletes-points' | 'adds-space' | 'moves-data';

export interface Option {
  id: string;
  text: string;
  steps: readonly string[];
  prerequisites: readonly string[];
  risks: readonly string[];
  rollback: string;
  verification: string;
  /** Hours of work, from, to. */
  hours: readonly [number, number];
  touches?: readonly Touch[];
  /** null: it does not apply here. */
  effect: (of: Case) => Effect | null;
}

type Operator = '<=' | '>=';

/** What has to hold for a plan to count as verified; measured by the machine. */
export interface MetricSpec {
  /** Name, with what it is about after a colon. */
  metric: string;
  op: Operator;
  target: number;
  /** Hours that the number looks back, or that it may be old. */
  windowHours: number;
}

/** Knowledge as data: a condition on evidence, what it suggests, how to look, what to do, and how to see that it worked. */
export interface Rule {
  id: string;
  type: RiskType;
  scopes: readonly RiskScope[];
  /** Of which kinds of source it speaks; left out: of Veeam. */
  platforms?: readonly Platform[];
  title: string;
  /** Weight 0 to 1 of the hypothesis; null: the evidence says nothing of it. */
  when: (of: Case) => number | null;
  hypothesis: (of: Case) => Hypothesis;
  steps: readonly Step[];
  options: readonly Option[];
  verify: (of: Case) => readonly MetricSpec[];
}

/** A number of a row as evidence: the field's name is that of the column. */
function cite<R extends Row, F extends Extract<keyof R, string>>(row: R, field: F): Cite {
  const value = row[field];
  const isPlain = value === null || ['number', 'string', 'boolean'].includes(typeof value);
  return {
    source: row.table,
    id: row.id,
    field: field.replaceAll(/[A-Z]|\d+/g, (part) => `_${part.toLowerCase()}`),
    value: isPlain ? (value as Cite['value']) : JSON.stringify(value),
    asOf: row.asOf,
  };
}

/** Several numbers of one row; none where there is no row. */
export function cites<R extends Row>(row: R | null, ...fields: Extract<keyof R, string>[]): Cite[] {
  return row === null ? [] : fields.map((field) => cite(row, field));
}

/** A number for a sentence: two significant places at least, no more than one decimal. */
export function say(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined) return 'an unknown number of' + (unit && ` ${unit}`);
  const rounded = Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return unit ? `${rounded} ${unit}` : String(rounded);
}

export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? 'an unknown share' : `${Math.round(share * 100)} %`;

const TIB = 2 ** 40;
const GIB = 2 ** 30;

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'an unknown amount';
  return Math.abs(value) >= TIB ? `${say(value / TIB)} TiB` : `${say(value / GIB)} GiB`;
}
