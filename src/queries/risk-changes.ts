import { type SqlBool, sql } from 'kysely';
import type { RiskReader } from '../db/connect.ts';
import type { RunKey } from './health.ts';

export type RiskChangesQuestion = {
  /** A run of each source, and an earlier one of the same sources. */
  now: RunKey[];
  before: RunKey[];
  scope?: string | undefined;
  /** These items, changed or not; left out: all that were or are listed and changed. */
  itemIds?: readonly string[] | undefined;
  /** Workloads that are listed with another source now, by item id. */
  elsewhere?: readonly { sourceId: string; itemId: string }[] | undefined;
  limit: number;
  offset: number;
};

/** So many points of priority, or another category, are a change. */
export const CHANGED_FROM = 5;

const level = (column: string) =>
  sql<number>`array_position(array['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], ${sql.ref(column)})`;

const LEVEL_NOW = level('n.category');
const LEVEL_BEFORE = level('b.category');

/**
 * MERGED: now part of another risk, which tells why, or the same machine as one that another source lists. SPLIT: listed by itself again though it is no worse, since what it was
 * part of got better.
 */
type Change = 'NEW' | 'GONE' | 'WORSE' | 'BETTER' | 'MERGED' | 'SPLIT' | 'SAME';

const changeOf = ({ elsewhere = [] }: RiskChangesQuestion) => sql<Change>`case
  when b.item_id is null then 'NEW'
  when n.item_id is null and ${isElsewhere(elsewhere)} then 'MERGED'
  when n.item_id is null then 'GONE'
  when b.is_listed and not n.is_listed then 'MERGED'
  when ${LEVEL_NOW} < ${LEVEL_BEFORE} then 'WORSE'
  when ${LEVEL_NOW} = ${LEVEL_BEFORE} and n.priority >= b.priority + ${sql.lit(CHANGED_FROM)} then 'WORSE'
  when n.is_listed and not b.is_listed then 'SPLIT'
  when ${LEVEL_NOW} > ${LEVEL_BEFORE} then 'BETTER'
  when n.priority <= b.priority - ${sql.lit(CHANGED_FROM)} then 'BETTER'
  else 'SAME' end`;

const isElsewhere = (elsewhere: NonNullable<RiskChangesQuestion['elsewhere']>) =>
  elsewhere.length === 0
    ? sql`false`
    : sql`(b.source_id, b.item_id) in (
        select * from unnest(${elsewhere.map(({ sourceId }) => sourceId)}::text[], ${elsewhere.map(({ itemId }) => itemId)}::text[]))`;

/** What became of the items from one run to another, the largest change of priority first; what is told by another risk last. */
export function listRiskChanges(db: RiskReader, question: RiskChangesQuestion) {
  const change = changeOf(question);
  return changesOf(db, question)
    .select([
      sql<string>`coalesce(n.source_id, b.source_id)`.as('sourceId'),
      sql<string>`coalesce(n.item_id, b.item_id)`.as('itemId'),
      sql<string>`coalesce(n.scope_type, b.scope_type)`.as('scopeType'),
      sql<string>`coalesce(n.name, b.name)`.as('name'),
      change.as('change'),
      'n.category as category',
      'b.category as categoryBefore',
      'n.score as score',
      'b.score as scoreBefore',
      'n.priority as priority',
      'b.priority as priorityBefore',
      'n.tier_weight as tierWeight',
      'b.tier_weight as tierWeightBefore',
      'n.is_listed as isListed',
      'b.is_listed as wasListed',
      'n.reasons as reasons',
      'b.reasons as reasonsBefore',
      'n.caused_by as causedBy',
    ])
    .orderBy(sql`${change} in ('MERGED', 'SPLIT')`)
    .orderBy(sql`abs(coalesce(n.priority, 0) - coalesce(b.priority, 0))`, 'desc')
    .orderBy(sql`coalesce(n.source_id, b.source_id)`)
    .orderBy(sql`coalesce(n.item_id, b.item_id)`)
    .limit(question.limit)
    .offset(question.offset)
    .execute();
}

export type RiskChangeRow = Awaited<ReturnType<typeof listRiskChanges>>[number];

/** How many items became what. */
export function countRiskChanges(db: RiskReader, question: RiskChangesQuestion) {
  // By its name: parameters of one expression are not the same ones twice.
  return changesOf(db, { ...question, isWhole: true })
    .select((eb) => [changeOf(question).as('change'), eb.fn.countAll<number>().as('items')])
    .groupBy('change')
    .orderBy('change')
    .execute();
}

function changesOf(db: RiskReader, question: RiskChangesQuestion & { isWhole?: boolean }) {
  const { now, before, scope, itemIds, isWhole } = question;
  return db
    .selectFrom(itemsOf(db, now).as('n'))
    .fullJoin(itemsOf(db, before).as('b'), (join) =>
      join.onRef('n.source_id', '=', 'b.source_id').onRef('n.item_id', '=', 'b.item_id'),
    )
    .$if(itemIds === undefined, (query) =>
      query.where(sql<SqlBool>`(coalesce(n.is_listed, false) or coalesce(b.is_listed, false))`),
    )
    .$if(itemIds === undefined && !isWhole, (query) =>
      query.where(sql<SqlBool>`${changeOf(question)} <> 'SAME'`),
    )
    .$if(itemIds !== undefined, (query) =>
      query.where(sql<SqlBool>`coalesce(n.item_id, b.item_id) = any(${[...(itemIds ?? [])]}::text[])`),
    )
    .$if(scope !== undefined, (query) =>
      query.where(sql<SqlBool>`coalesce(n.scope_type, b.scope_type) = ${scope ?? ''}`),
    );
}

function itemsOf(db: RiskReader, runs: RunKey[]) {
  return db
    .selectFrom('risk_item')
    .select([
      'source_id',
      'item_id',
      'scope_type',
      'name',
      'category',
      'score',
      'priority',
      'tier_weight',
      'is_listed',
      'reasons',
      'caused_by',
    ])
    .where(
      'source_id',
      'in',
      runs.map(({ sourceId }) => sourceId),
    )
    .where(
      'run_id',
      'in',
      runs.map(({ runId }) => runId),
    );
}
