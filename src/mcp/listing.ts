import type { Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { answerShape } from './answer.ts';
import type { Tool } from './registry.ts';

/** A tool as `tools/list` shows it. */
export function toListed(tool: Omit<Tool, 'run'>): ListedTool {
  const { name, title, description, annotations, drawing } = tool;
  const input = z.toJSONSchema(tool.input, { target: 'draft-7', io: 'input' });
  const output = z.toJSONSchema(tool.output, { target: 'draft-7', io: 'output' });
  return {
    name,
    title,
    description,
    inputSchema: leanSchema(input) as ListedTool['inputSchema'],
    outputSchema: outlineOf(output) as ListedTool['outputSchema'],
    annotations,
    // The flat key is what older hosts read.
    ...(drawing
      ? { _meta: { ui: { resourceUri: drawing.viewUri }, 'ui/resourceUri': drawing.viewUri } }
      : {}),
  };
}

type Schema = z.core.JSONSchema.BaseSchema;

/** What arguments have to be beyond their type is checked here, and an error says it in words: a client is not charged for it. */
const UNLISTED = [
  'minimum',
  '$schema',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'exclusiveMinimum',
  'exclusiveMaximum',
];

/** The schema of the arguments without what only our errors need. */
function leanSchema(schema: Schema): Schema {
  const entries = Object.entries(schema).filter(
    ([word, value]) => !UNLISTED.includes(word) && !isLimitless(value),
  );
  const lean = Object.fromEntries(entries) as Schema;
  const { properties, items } = schema;
  if (properties)
    lean.properties = Object.fromEntries(
      Object.entries(properties).map(([name, part]) => [name, leanSchema(part as Schema)]),
    );
  if (items && !Array.isArray(items)) lean.items = leanSchema(items as Schema);
  return lean;
}

/** Bounds that are so far out that they only keep arithmetic sound. */
const isLimitless = (value: unknown) => typeof value === 'number' && Math.abs(value) >= 1_000_000;

/** Parts of every answer that are listed with each tool; the others are in the instructions, which a client reads once. */
const LISTED_OF_ALL = new Set(['summary', 'not_known']);
const isListed = (name: string) => !(name in answerShape) || LISTED_OF_ALL.has(name);

/** The parts that an answer has, by name and type: what is in them is checked here, and described by their own names. */
function outlineOf({ properties = {}, required }: Schema): Schema {
  const parts = Object.entries(properties).filter(([name]) => isListed(name));
  const outline = parts.map(([name, part]) => [name, typeOf(part as Schema)] as const);
  return {
    type: 'object',
    properties: Object.fromEntries(outline),
    ...(required ? { required: required.filter(isListed) } : {}),
  };
}

/** A schema without a type at its top is one of several, such as null: some clients know no list of types. */
function typeOf({ type, anyOf }: Schema): Schema {
  if (type) return { type };
  if (anyOf) return { anyOf: anyOf.map((part) => typeOf(part as Schema)) };
  throw new Error('a part of an answer has no type that could be listed');
}
