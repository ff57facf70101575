import type { Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import type { Tool } from './registry.ts';

/** Levels of an output schema that are listed; deeper ones are checked here, and a client is not charged for them. */
const LISTED_DEPTH = 1;

/** A tool as `tools/list` shows it. */
export function toListed(tool: Tool): ListedTool {
  const { name, title, description, annotations, drawing } = tool;
  const inputSchema = z.toJSONSchema(tool.input, {
    target: 'draft-7',
    io: 'input',
  }) as ListedTool['inputSchema'];
  const output = z.toJSONSchema(tool.output, { target: 'draft-7', io: 'output' });
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema: cutSchema(output, LISTED_DEPTH) as ListedTool['outputSchema'],
    annotations,
    // The flat key is what older hosts read.
    ...(drawing
      ? { _meta: { ui: { resourceUri: drawing.viewUri }, 'ui/resourceUri': drawing.viewUri } }
      : {}),
  };
}

type Schema = z.core.JSONSchema.BaseSchema;

/** The schema with objects below `depth` left open, and without the words that only repeat the defaults. */
function cutSchema(schema: Schema, depth: number): Schema {
  const {
    properties,
    items,
    anyOf,
    additionalProperties: _closed,
    required,
    $schema: _draft,
    ...rest
  } = schema;
  const inner = (part: unknown, at: number) => cutSchema(part as Schema, at);
  const cut: Schema = { ...rest };
  if (anyOf) cut.anyOf = anyOf.map((part) => inner(part, depth));
  if (items && !Array.isArray(items)) cut.items = inner(items, depth);
  if (properties && depth > 0) {
    cut.properties = Object.fromEntries(
      Object.entries(properties).map(([key, part]) => [key, inner(part, depth - 1)]),
    );
    if (required) cut.required = required;
  }
  return cut;
}
