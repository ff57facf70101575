import fc from 'fast-check';
import { toListed } from '../../src/mcp/listing.ts';
import type { Tool } from '../../src/mcp/registry.ts';
import type { Row } from '../mcp/contract/asking.ts';

type Schema = { enum?: unknown[]; type?: string; items?: Schema; properties?: Record<string, Schema> };

/** What a model may have at hand: names and ids of earlier answers by the argument that takes them, and cursors. */
export type Known = Record<string, readonly string[]>;

const MOMENTS = ['24h', '7d', 'yesterday', '2026-03-17', '2026-03-18T12:05:00Z', '2026-01-01'];
const MOMENT = /^(as_of|since|until|changed_since|history|changes)$/;
const ODD: unknown[] = [
  null,
  -1,
  0,
  51,
  1e9,
  '',
  'no such thing',
  '*',
  [],
  {},
  true,
  "'; drop",
  '\0',
  '9'.repeat(600),
];

/** What a tool cannot do without, though it takes another argument in its place. */
const ONE_OF: Record<string, string> = { explain_failure: 'job' };

/** Arguments of one tool as a model might make them up: mostly right ones, some of the wrong kind, some that do not exist. */
export function madeUpArguments(tool: Tool, known: Known): fc.Arbitrary<Row> {
  const { properties = {} } = toListed(tool).inputSchema as Schema;
  const fields = Object.entries(properties)
    .filter(([name]) => name !== 'chart')
    .map(([name, schema]) => {
      const right = rightValue(name, schema, known);
      const odd = fc.constantFrom(...ODD);
      return [name, fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: odd })] as const;
    });
  const few = fc.subarray(fields, { maxLength: 4 });
  const isNeeded = (name: string) =>
    tool.input.shape[name]?.safeParse(undefined).success === false || ONE_OF[tool.name] === name;
  const needed = fields.filter(([name]) => isNeeded(name));
  const args = few.chain((chosen) => fc.record(Object.fromEntries([...needed, ...chosen])));
  const wrong = args.map((right) => ({ ...right, typo: 1 }));
  return fc.oneof({ weight: 30, arbitrary: args }, { weight: 1, arbitrary: wrong });
}

function rightValue(name: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (MOMENT.test(name)) return fc.constantFrom(...MOMENTS);
  if (schema.type === 'integer' || schema.type === 'number') return fc.integer({ min: 1, max: 12 });
  if (schema.type === 'array') return fc.array(rightValue(name, schema.items ?? {}, known), { maxLength: 3 });
  if (schema.properties) return planOf(schema.properties, known);
  const names = known[name] ?? [];
  return names.length > 0 ? fc.constantFrom('*', ...names) : fc.constant('*');
}

/** A what-if plan: its kind, and some fields that may or may not belong to it. */
function planOf(properties: Record<string, Schema>, known: Known): fc.Arbitrary<unknown> {
  const { kind = {}, ...rest } = properties;
  const fields = Object.entries(rest).map(
    ([name, schema]) => [name, rightValue(name, schema, known)] as const,
  );
  return fc
    .subarray(fields, { maxLength: 3 })
    .chain((chosen) => fc.record({ kind: rightValue('kind', kind, known), ...Object.fromEntries(chosen) }));
}
