import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { RETENTION, type RetentionName } from '../../src/business/retention.ts';
import type { Metrics } from '../../src/db/connect.ts';
import { createTestDatabase } from '../support/database.ts';

const DOCS = join(import.meta.dirname, '../../DOCS');
const PLURAL_PARTS = /^`(.+)`$/;

type Rule = { table_name: string; setting: RetentionName; method: string; kept: string; time_column: string };

const commentsOf = async (db: Metrics) => {
  const { rows } = await sql<{ name: string; comment: string | null }>`
    select relname::text as name, obj_description(oid, 'pg_class') as comment from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname not like 'kysely%'
     order by 1`.execute(db);
  return rows;
};

const rulesOf = async (db: Metrics) => {
  const { rows } = await sql<Rule>`select * from retention_rule order by table_name`.execute(db);
  return new Map(rows.map((rule) => [rule.table_name, rule]));
};

const keptBy = (comment: string | null) => /Retention: (.+)$/.exec(comment ?? '')?.[1];

/** Kept times of the tables that the documentation names, by database. Several names in one row share them. */
function documented(heading: string): Map<string, string> {
  const text = readFileSync(join(DOCS, 'data-model.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const kept = cells.at(-2) ?? '';
      return (cells[1] ?? '').split(', ').map((name) => [name.replace(PLURAL_PARTS, '$1'), kept] as const);
    }),
  );
}

test('every table says how long it is kept: by its rule, else always', async () => {
  await using database = await createTestDatabase('reader');
  for (const db of [database.metrics.db, database.risk.db as never as Metrics]) {
    const rules = await rulesOf(db);
    const comments = await commentsOf(db);
    assert.ok(comments.length > 10);
    for (const { name, comment } of comments)
      assert.equal(
        keptBy(comment),
        rules.get(name)?.kept ?? 'always',
        `the comment of the table ${name} has to end in "Retention: …": as retention_rule says, or "always" if nothing is taken away`,
      );
    for (const name of rules.keys())
      assert.ok(
        comments.some((table) => table.name === name),
        `retention_rule names ${name}, which is no table`,
      );
  }
});

test('defaults, least values and reasons are the same in the program and in both databases', async () => {
  await using database = await createTestDatabase('reader');
  const used = new Set<string>();
  for (const db of [database.metrics.db, database.risk.db as never as Metrics]) {
    const { rows } = await sql<{
      setting: RetentionName;
      days: number;
      least: number;
      reason: string;
    }>`select setting, default_days as days, least_days as least, reason from retention_setting`.execute(db);
    for (const { setting, ...rule } of rows) {
      assert.deepEqual(rule, RETENTION[setting]);
      used.add(setting);
    }
    for (const { kept, setting, table_name } of (await rulesOf(db)).values())
      assert.ok(kept.startsWith(`${RETENTION[setting].days} days`), `${table_name}: ${kept}`);
  }
  assert.deepEqual([...used].sort(), Object.keys(RETENTION).sort());
});

test('the documentation says of each table what the database says', async () => {
  await using database = await createTestDatabase('reader');
  for (const [heading, db] of [
    ['dr365v_metrics', database.metrics.db],
    ['dr365v', database.risk.db as never as Metrics],
  ] as const) {
    const told = documented(heading);
    const past = told.get('<fact>_past');
    for (const { name, comment } of await commentsOf(db))
      assert.equal(
        told.get(name) ?? (name.endsWith('_past') ? past : undefined),
        keptBy(comment),
        `${name} in DOCS/data-model.md, ${heading}`,
      );
  }
});

test('time columns of rules exist, and what goes by a run has the key for it', async () => {
  await using database = await createTestDatabase('reader');
  for (const db of [database.metrics.db, database.risk.db as never as Metrics]) {
    for (const { table_name, method, time_column } of (await rulesOf(db)).values()) {
      const { rows } = await sql<{ name: string }>`
        select attname as name from pg_attribute where attrelid = ${table_name}::regclass and attnum > 0`.execute(
        db,
      );
      const columns = rows.map(({ name }) => name);
      if (time_column) assert.ok(columns.includes(time_column), `${table_name}.${time_column}`);
      if (['RESULT', 'RUN', 'ENDPOINT', 'EVENT'].includes(method))
        assert.ok(columns.includes('source_id') && columns.includes('run_id'), table_name);
    }
  }
});

test('every table with a run_id goes with its run, or has a rule of its own', async () => {
  await using database = await createTestDatabase('reader');
  for (const db of [database.metrics.db, database.risk.db as never as Metrics]) {
    const rules = await rulesOf(db);
    const { rows } = await sql<{ name: string }>`
      select c.relname::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'run_id'
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`.execute(
      db,
    );
    for (const { name } of rows)
      assert.ok(rules.has(name) || name === 'watermark', `${name} has run_id and no retention_rule`);
  }
});
