import * as z from 'zod';
import { nearestNames } from './suggest.ts';
import { cleanText } from './untrusted.ts';

/** A name, an id or a pattern. */
export const name = z
  .string('it has to be a text: an id, a name or a pattern with *')
  .min(1, 'it is empty; give an id, a name or a pattern with *, or leave it out')
  .max(500, 'it has more than 500 characters; a pattern with * can be shorter');

const TIERS = 'there are the tiers 1, 2, 3 and 4';
/** A tier of dr365.toml. */
export const tier = z.coerce.number(TIERS).int(TIERS).min(1, TIERS).max(4, TIERS);

const ROWS = 'it has to be a whole number from 1 to 50';
/** Which sources a question is about. */
export const source = name.describe('Id, name or pattern').optional();

/** Rows per list. */
export const rows = z.coerce.number(ROWS).int(ROWS).min(1, ROWS).max(50, ROWS);

/** Arguments that all tools take, with the same meaning. */
export const everyTool = {
  as_of: z.string().max(60).describe('2026-10-01, ISO time, 24h, last friday').optional(),
  detail: z.enum(['concise', 'detailed']).default('concise'),
  limit: rows.default(8),
  cursor: z.string().max(4000).describe('next_cursor, same arguments').optional(),
};

/** The argument of tools whose answers can be drawn. */
export const chart = z.enum(['png']).describe('Adds a picture').optional();

/** What each kind of plan takes: needed, then allowed. */
type Rules = Record<string, { needs: string[]; takes: string[] }>;

type Plan = { kind: string } & Record<string, unknown>;

/**
 * One what-if plan. Flat, since clients fill a flat object with fewer mistakes than one of several shapes. A field that does
 * not exist is an error of ours, since the one of a strict object would name other arguments.
 * @param more what is wrong beyond missing and extra fields
 */
export function whatIfInput<Fields extends z.ZodRawShape>(
  fields: Fields,
  rules: Rules,
  { noun = 'plan', more = () => [] }: { noun?: string; more?: (plan: Plan) => string[] } = {},
) {
  const known = Object.keys(fields);
  return z
    .looseObject(fields)
    .meta({ additionalProperties: false })
    .superRefine((value, context) => {
      const plan = value as Plan;
      for (const message of [
        ...unknownIn(plan, known, noun),
        ...misfitsIn(plan, known, rules),
        ...more(plan),
      ])
        context.addIssue({ code: 'custom', message });
    });
}

function unknownIn(plan: Plan, known: string[], noun: string): string[] {
  return Object.keys(plan)
    .filter((field) => !known.includes(field))
    .map(
      (field) =>
        `unknown field ${cleanText(field, 64)} (did you mean ${nearestNames(field, known, 1)[0]}?); a ${noun} takes: ${known.join(', ')}`,
    );
}

function misfitsIn({ kind, ...given }: Plan, known: string[], rules: Rules): string[] {
  const { needs, takes } = rules[kind] ?? { needs: [], takes: [] };
  const fields = Object.keys(given).filter((field) => given[field] !== undefined);
  const missing = needs.filter((field) => given[field] === undefined);
  const extra = fields.filter(
    (field) => known.includes(field) && !needs.includes(field) && !takes.includes(field),
  );
  const wrong: string[] = [];
  if (missing.length > 0) wrong.push(`${kind} needs ${missing.join(' and ')}`);
  if (extra.length > 0)
    wrong.push(`${kind} does not take ${extra.join(', ')}; it takes ${[...needs, ...takes].join(', ')}`);
  return wrong;
}
