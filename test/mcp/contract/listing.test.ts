import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toListed } from '../../../src/mcp/listing.ts';
import { TOOLS } from '../../../src/mcp/tools.ts';
import { startMcp } from '../../support/mcp-client.ts';
import { NO_DATABASE, startHttpMcp } from '../../support/mcp-http.ts';

const MOST_TOKENS = 6_000;
/** Words that say what a value is; a schema without any of them accepts everything. */
const SAYS_SOMETHING = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'not', 'items', 'properties'];

test('tools are listed alike over stdio and HTTP, in at most 6,000 tokens and in schemas that every client can read', async () => {
  await using stdio = await startMcp(NO_DATABASE);
  await using server = await startHttpMcp();
  await using http = await server.connect();
  const listed = JSON.parse(JSON.stringify(TOOLS.map(toListed))) as Listed[];
  for (const client of [stdio.client, http]) {
    const answer = await client.listTools();
    assert.deepEqual(answer.tools, listed);
    const tokens = JSON.stringify({ tools: answer.tools }).length / 4;
    assert.ok(tokens <= MOST_TOKENS, `${tokens} tokens`);
  }
  for (const { name, inputSchema, outputSchema } of listed) {
    assert.deepEqual(troubleIn(inputSchema, `${name} takes`), []);
    assert.deepEqual(troubleIn(outputSchema, `${name} answers`), []);
    assert.ok(
      ['summary', 'not_known'].every((part) => outputSchema.required?.includes(part)),
      name,
    );
  }
});

test('what strangers cannot read is found', () => {
  assert.deepEqual(
    troubleIn({ type: 'object', properties: { a: {}, b: { type: ['string', 'null'] } } }, 'x'),
    ['x.a: says nothing', 'x.b: has a list of types'],
  );
  assert.deepEqual(troubleIn({ type: 'array', items: { $ref: 'https://example.com/a' } }, 'x'), [
    'x.items: says nothing',
  ]);
});

type Schema = {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: Schema | boolean;
  $ref?: string;
};
type Listed = { name: string; inputSchema: Schema; outputSchema: Schema };

/** What makes a client reject a schema, or drop what it says. */
function troubleIn(schema: Schema, path: string): string[] {
  const { type, properties = {}, items, anyOf = [], oneOf = [], additionalProperties } = schema;
  const trouble: string[] = [];
  if (!SAYS_SOMETHING.some((word) => word in schema)) trouble.push(`${path}: says nothing`);
  if (Array.isArray(type)) trouble.push(`${path}: has a list of types`);
  const parts = Object.entries(properties).map(([name, part]) => [`${path}.${name}`, part] as const);
  const branches = [...anyOf, ...oneOf].map((part) => [`${path} or`, part] as const);
  if (items) parts.push([`${path}.items`, items]);
  if (typeof additionalProperties === 'object') parts.push([`${path}.*`, additionalProperties]);
  return [...trouble, ...[...parts, ...branches].flatMap(([at, part]) => troubleIn(part, at))];
}
