import fc from 'fast-check';
import { toListed } from '../../../src/mcp/listing.ts';
import type { Tool } from '../../../src/mcp/registry.ts';
import type { Row } from './asking.ts';

type Schema = {
  type?: string;
  enum?: string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  maximum?: number;
};

/** What earlier answers named: ids that exist, by the argument that takes them, and cursors with the arguments of their page. */
export type Seen = { ids: Record<string, string[]>; pages: { tool: string; args: Row; cursor: string }[] };

const ODD = fc.constantFrom<unknown>(
  null,
  -1,
  0,
  7,
  51,
  1e9,
  '',
  '*',
  'a',
  '7d',
  'yesterday',
  '2026-03-18',
  [],
  {},
  true,
  "'; drop",
  '\u0000',
);
const MOMENTS = fc.constantFrom<unknown>('7d', '24h', 'yesterday', '2026-03-18T12:30:00Z');
const MOMENT = /^(as_of|since|until|changed_since|history|changes)$/;

/** Arguments as a model might make them up: right ones, wrong ones, of the wrong kind, none, plans, and pages that go on. */
export function argumentsOf(
  tool: Pick<Tool, 'name'> & Parameters<typeof toListed>[0],
  needed: Row,
  seen: Seen,
): fc.Arbitrary<Row> {
  const { properties = {} } = toListed(tool).inputSchema as Schema;
  const fields = Object.entries(properties)
    .filter(([name]) => name !== 'cursor')
    .map(
      ([name, schema]) => [name, sometimes(valueOf(name, schema, seen), name === 'what_if' ? 1 : 2)] as const,
    );
  const right = fc.record(Object.fromEntries(fields)).map((args) => ({ ...needed, ...defined(args) }));
  const alone = (name: string) =>
    properties[name]
      ? [valueOf(name, properties[name], seen).map((value): Row => ({ ...needed, [name]: value }))]
      : [];
  const pages = seen.pages.filter((page) => page.tool === tool.name);
  const next =
    pages.length > 0 ? [fc.constantFrom(...pages).map(({ args, cursor }): Row => ({ ...args, cursor }))] : [];
  const broken =
    pages.length > 0
      ? [fc.tuple(right, fc.constantFrom(...pages)).map(([args, { cursor }]): Row => ({ ...args, cursor }))]
      : [];
  const wrong = right.map((args): Row => ({ ...args, typo: 1 }));
  return fc.oneof(
    { weight: 12, arbitrary: right as fc.Arbitrary<Row> },
    ...[...alone('what_if'), ...next].map((arbitrary) => ({ weight: 3, arbitrary })),
    ...[...alone('chart'), ...alone('include'), ...broken, wrong].map((arbitrary) => ({
      weight: 1,
      arbitrary,
    })),
  );
}

const defined = (args: Row): Row =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));

/** Mostly nothing, else mostly what fits. */
const sometimes = (valid: fc.Arbitrary<unknown>, weight: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<unknown>(undefined) },
    { weight, arbitrary: fc.oneof({ weight: 15, arbitrary: valid }, { weight: 1, arbitrary: ODD }) },
  );

function valueOf(name: string, schema: Schema, seen: Seen): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom<unknown>(...schema.enum);
  if (MOMENT.test(name)) return MOMENTS;
  if (schema.type === 'integer') return fc.integer({ min: 1, max: Math.min(schema.maximum ?? 9, 9) });
  if (schema.type === 'number') return fc.constantFrom<unknown>(0.05, 0.5, 1, 4, 240, 1e12);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'array') return fc.array(valueOf(name, schema.items ?? {}, seen), { maxLength: 3 });
  if (schema.type === 'object') return planOf(schema, seen);
  const known = seen.ids[name] ?? [];
  return fc.constantFrom<unknown>('*', ...known);
}

/** A kind, and a few of the fields: sometimes those that it takes. */
function planOf({ properties = {} }: Schema, seen: Seen): fc.Arbitrary<unknown> {
  const names = Object.keys(properties).filter((name) => name !== 'kind');
  return fc
    .tuple(
      valueOf('kind', properties.kind ?? {}, seen),
      fc.subarray(names, { maxLength: 3 }),
      fc.record(Object.fromEntries(names.map((name) => [name, valueOf(name, properties[name] ?? {}, seen)]))),
    )
    .map(([kind, chosen, values]) => ({
      kind,
      ...Object.fromEntries(chosen.map((name) => [name, (values as Row)[name]])),
    }));
}

/** Plans and lists that every estate can answer. */
export function plansOf(tool: string, { ids }: Seen): Row[] {
  const plans: Record<string, Row[]> = {
    analyze_risks: (ids.source ?? []).map((source) => ({
      source,
      what_if: [{ kind: 'refresh_input', worker: 'rto' }],
    })),
    get_recovery_performance: [{ what_if: { kind: 'target', rto_minutes: 60 } }],
    get_capacity_forecast: (ids.repository ?? []).map((repository) => ({
      repository,
      what_if: { kind: 'more_space', add_tb: 1 },
    })),
  };
  const lists = tool === 'get_recovery_performance' ? [{ include: ['coverage', 'locations'] }] : [];
  return [...lists, ...(plans[tool] ?? [])].slice(0, 3);
}

const ID_OF: Record<string, string> = {
  job_id: 'job',
  workload_id: 'workload',
  repository_id: 'repository',
  item_id: 'item',
  plan_id: 'risk',
  source_id: 'source',
};

/** Collects ids and cursors from answers. */
export function seeAnswers(answers: readonly { tool: string; args: Row; data: Row }[]): Seen {
  const ids: Record<string, Set<string>> = {};
  const pages: Seen['pages'] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value === null || typeof value !== 'object') return;
    for (const [field, part] of Object.entries(value)) {
      const name = ID_OF[field];
      if (name && typeof part === 'string') (ids[name] ??= new Set()).add(part);
      else visit(part);
    }
  };
  for (const { tool, args, data } of answers) {
    visit(data);
    if (typeof data.next_cursor === 'string') pages.push({ tool, args, cursor: data.next_cursor });
  }
  const few = Object.entries(ids).map(([name, all]) => [name, [...all].slice(0, 6)] as const);
  const known: Record<string, string[]> = Object.fromEntries(few);
  return {
    ids: {
      ...known,
      to: known.repository ?? [],
      extent: known.repository ?? [],
      workloads: known.workload ?? [],
    },
    pages,
  };
}
