import { sql } from 'kysely';
import { asRiskReader, type Risk } from '../../db/connect.ts';
import { SOURCE_ERROR_MEANINGS } from '../../errors.ts';
import { cleanText } from '../../mcp/untrusted.ts';
import type { Content, CriticalEntry, Entry, StaleEntry } from './content.ts';
import type { Subject, Tell } from './decide.ts';
import type { Looked } from './findings.ts';

/** So many are described in one message, the most urgent ones; of the rest it says how many there are. */
const MOST_ENTRIES = 10;
const MOST_REASONS = 3;

const WHAT: Record<string, string> = {
  WORKLOAD: 'machine',
  JOB: 'job',
  REPOSITORY: 'repository',
  INCIDENT: 'incident',
  ESTATE: 'estate',
};

type Known = { looked: Looked; known: readonly Subject[]; now: Date };

/** What a message says of the subjects that it is about. */
export async function toContent(risk: Risk, tells: readonly Tell[], about: Known): Promise<Content> {
  const entries: Entry[] = [];
  for (const tell of tells.slice(0, MOST_ENTRIES)) {
    const entry = await toEntry(risk, tell, about);
    if (entry) entries.push(entry);
  }
  const rest = tells.slice(MOST_ENTRIES);
  const count = (kind: Entry['kind']) => rest.filter((tell) => kindOf(tell) === kind).length;
  const [first] = tells;
  return {
    kind: tells.length === 1 && first ? kindOf(first) : 'summary',
    asOf: about.now.toISOString(),
    entries,
    more: { critical: count('critical'), stale: count('stale'), recovered: count('recovered') },
  };
}

const kindOf = ({ key, isRecovery }: Tell): Entry['kind'] =>
  key.kind === 'CRITICAL' ? 'critical' : isRecovery ? 'recovered' : 'stale';

async function toEntry(risk: Risk, tell: Tell, { looked, known, now }: Known): Promise<Entry | undefined> {
  const { sourceId, subjectId, kind } = tell.key;
  const source = cleanText(looked.names.get(sourceId) ?? sourceId, 100);
  if (kind === 'CRITICAL') return readCritical(risk, { sourceId, source, itemId: subjectId, now });
  if (!tell.isRecovery) return toStale(sourceId, source, looked);
  const subject = known.find((one) => one.kind === kind && one.sourceId === sourceId);
  return { kind: 'recovered', sourceId, source, lateSince: (subject?.openedAt ?? now).toISOString() };
}

function toStale(sourceId: string, source: string, { late }: Looked): StaleEntry {
  const standings = late.get(sourceId) ?? [];
  const ends = standings.map(({ lastSuccessAt }) => lastSuccessAt?.getTime());
  const read = ends.filter((end) => end !== undefined);
  const codes = standings.flatMap(({ errorCode }) => errorCode ?? []);
  const [code] = codes;
  return {
    kind: 'stale',
    sourceId,
    source,
    workers: standings.map(({ worker }) => worker),
    lastReadAt: read.length > 0 ? new Date(Math.min(...read)).toISOString() : null,
    reason: code === undefined ? null : meaningOf(code),
  };
}

/** Messages of errors may hold anything: only our words for their codes leave. */
const meaningOf = (code: string): string =>
  code === 'abandoned'
    ? 'the worker ended before the run did'
    : (SOURCE_ERROR_MEANINGS[code] ?? 'internal error; the log of the worker says more');

type Wanted = { sourceId: string; source: string; itemId: string; now: Date };

async function readCritical(risk: Risk, wanted: Wanted): Promise<CriticalEntry | undefined> {
  const { sourceId, source, itemId, now } = wanted;
  const row = await risk
    .selectFrom('risk_item as i')
    .innerJoin('risk_summary as s', (join) =>
      join.onRef('s.source_id', '=', 'i.source_id').onRef('s.run_id', '=', 'i.run_id'),
    )
    .select(['i.scope_type', 'i.name', 'i.score', 'i.score_low', 'i.score_high', 'i.tier', 'i.reasons'])
    .select(['i.assumption_points', 'i.coverage', 'i.flags', 'i.affected_workloads', 's.concluded_at'])
    .where('i.source_id', '=', sourceId)
    .where('i.item_id', '=', itemId)
    .where('i.category', '=', 'CRITICAL')
    .where('s.concluded_at', '<=', now)
    .orderBy('s.concluded_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    kind: 'critical',
    sourceId,
    source,
    itemId,
    what: WHAT[row.scope_type] ?? row.scope_type.toLowerCase(),
    name: cleanText(row.name, 120),
    score: row.score,
    scoreLow: row.score_low,
    scoreHigh: row.score_high,
    tier: row.tier,
    since: await readSince(risk, wanted),
    because: row.reasons.slice(0, MOST_REASONS).map((reason) => cleanText(reason, 200)),
    first: await readFirstStep(risk, wanted),
    affectedMachines: row.affected_workloads,
    assumedPoints: row.assumption_points,
    isMeasured: row.coverage > 0 && !row.flags.includes('NOT_ASSESSED'),
    asOf: row.concluded_at.toISOString(),
  };
}

/** The first assessment after the last one in which it was not critical. */
async function readSince(risk: Risk, { sourceId, itemId, now }: Wanted): Promise<string | null> {
  const since = sql<{ since: Date | null }>`(
    select min(s.concluded_at) as since from risk_summary s
     where s.source_id = ${sourceId} and s.status = 'ASSESSED' and s.concluded_at <= ${now}
       and s.concluded_at > coalesce((
         select max(b.concluded_at) from risk_summary b
          where b.source_id = ${sourceId} and b.status = 'ASSESSED' and b.concluded_at <= ${now}
            and not exists (select from risk_item i where i.source_id = b.source_id and i.run_id = b.run_id
                               and i.item_id = ${itemId} and i.category = 'CRITICAL')), '-infinity'))`;
  const row = await asRiskReader(risk).selectFrom(since.as('s')).select('since').executeTakeFirst();
  return row?.since?.toISOString() ?? null;
}

type StoredStep = { text?: unknown };

/** The first step of the plan of it that stands highest; undefined plans are not waited for for ever. */
async function readFirstStep(risk: Risk, { sourceId, itemId }: Wanted): Promise<CriticalEntry['first']> {
  const plan = sql<{ title: string; steps: StoredStep[] }>`(
    select p.title, p.investigation_steps as steps
      from (select distinct on (plan_id) plan_id, version, title, investigation_steps, rank from remediation_plan
             where source_id = ${sourceId} and item_id = ${itemId} order by plan_id, version desc) p
      join lateral (select status, rank from remediation_check c
                     where c.source_id = ${sourceId} and c.plan_id = p.plan_id order by c.checked_at desc limit 1) c on true
     where c.status in ('OPEN', 'REOPENED') order by c.rank nulls last, p.rank, p.plan_id limit 1)`;
  const row = await asRiskReader(risk).selectFrom(plan.as('p')).selectAll().executeTakeFirst();
  if (!row) return null;
  const text = row.steps[0]?.text;
  return { plan: cleanText(row.title, 200), step: typeof text === 'string' ? cleanText(text, 300) : null };
}
