import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Insertable } from 'kysely';
import type { NotifySettings } from '../../src/config/observability.ts';
import type { RiskDB } from '../../src/db/connect.ts';
import type { Databases } from '../../src/db/database.ts';
import { createLog, type Log } from '../../src/log.ts';
import { type Handler, startTlsServer, type TlsServer } from '../support/tls-server.ts';

export const SOURCE = 'vbr01.example';
export const NOW = new Date('2026-03-18T12:00:00Z');
export const after = (minutes: number, from = NOW) => new Date(from.getTime() + minutes * 60_000);

type Item = Partial<Insertable<RiskDB['risk_item']>> & { item_id: string };
type Advised = Pick<Databases, 'risk'>;

/** A critical risk as the worker writes it. */
export const critical = (id: string, more: Partial<Item> = {}): Item => ({
  item_id: `WORKLOAD:${id}`,
  name: `machine ${id}`,
  ...more,
});

/** An assessment of a source with the plans that follow it. @param advised opened as the advisor */
export async function assess(
  { risk }: Advised,
  at: Date,
  items: readonly Item[],
  { source = SOURCE, status = 'ASSESSED' } = {},
): Promise<string> {
  const key = { source_id: source, run_id: randomUUID() };
  for (const worker of ['risk', 'remediation'])
    await risk.db
      .insertInto('run')
      .values({
        ...key,
        run_id: worker === 'risk' ? key.run_id : randomUUID(),
        worker,
        status: 'succeeded',
        started_at: at,
        finished_at: at,
        program_version: '0.1.0',
      })
      .execute();
  await risk.db
    .insertInto('risk_summary')
    .values({ ...key, ...SUMMARY, concluded_at: at, status, items: items.length })
    .execute();
  if (items.length > 0)
    await risk.db
      .insertInto('risk_item')
      .values(items.map((item, index) => ({ ...key, ...ITEM, rank: index + 1, ...item })))
      .execute();
  return key.run_id;
}

const EMPTY = JSON.stringify({});
const NONE = JSON.stringify([]);
const SUMMARY = {
  workloads: 1,
  jobs: 1,
  by_category: JSON.stringify({ CRITICAL: 1 }),
  not_assessed: 0,
  unprotected: NONE,
  estate: EMPTY,
  severities: EMPTY,
  not_known: NONE,
};

const ITEM = {
  scope_type: 'WORKLOAD',
  scope_id: 'x',
  name: 'x',
  score: 83,
  score_low: 71,
  score_high: 95,
  assumption_points: 12,
  coverage: 0.8,
  tier: 1,
  tier_weight: 1,
  tier_weight_low: 1,
  tier_weight_high: 1,
  tier_basis: 'EXPLICIT',
  priority: 80,
  priority_low: 70,
  priority_high: 90,
  own_priority: 80,
  is_listed: true,
  category: 'CRITICAL',
  flags: [],
  job_ids: [],
  workload_ids: [],
  affected_jobs: 1,
  affected_workloads: 1,
  caused_by: [],
  shared_causes: NONE,
  job_failure_risk_score: 0,
  capacity_risk_score: 0,
  efficiency_risk_score: 0,
  recovery_risk_score: 0,
  data_quality_risk_score: 0,
  reasons: ['there was never a usable restore point'],
};

/** A plan for an item, open. */
export async function addPlan({ risk }: Advised, at: Date, itemId: string, step: string): Promise<void> {
  const key = { source_id: SOURCE, plan_id: `plan of ${itemId}`, run_id: randomUUID() };
  const plan = {
    ...key,
    version: 1,
    risk_run_id: randomUUID(),
    item_id: itemId,
    created_at: at,
    scope_type: 'WORKLOAD',
    scope_id: 'x',
    name: 'x',
    risk_type: 'gap',
    rule_ids: ['rule'],
    title: 'Back up what has no restore point',
    urgency: 'CRITICAL',
    urgency_reason: 'x',
    tier_weight: 1,
    score_now: 83,
    effort_low_hours: 1,
    effort_high_hours: 2,
    benefit_per_hour: 10,
    rank: 1,
    hypotheses: NONE,
    evidence: NONE,
    investigation_steps: JSON.stringify([{ text: step, minutes: 10, rule_id: 'rule' }]),
    options: NONE,
    verify: NONE,
    subject: EMPTY,
    covers: [],
    not_known: NONE,
  };
  await risk.db.insertInto('remediation_plan').values(plan).execute();
  const check = { ...key, version: 1, checked_at: at, status: 'OPEN', is_present: true, is_frozen: false };
  await risk.db
    .insertInto('remediation_check')
    .values({ ...check, metrics: EMPTY })
    .execute();
}

/** A source that was read by all collectors at a time. @param collected opened as the collector */
export async function addRead(
  { metrics }: Pick<Databases, 'metrics'>,
  at: Date,
  { source = SOURCE, status = 'succeeded', error_code = null as string | null } = {},
): Promise<void> {
  await metrics.db
    .insertInto('source')
    .values({ source_id: source, kind: 'veeam', name: source, first_seen_at: after(-100_000) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const worker of ['health', 'capacity', 'efficiency', 'rto'])
    await metrics.db
      .insertInto('run')
      .values({
        source_id: source,
        run_id: randomUUID(),
        worker,
        status,
        error_code,
        error_message: error_code && 'message of an error <!channel>',
        started_at: at,
        finished_at: at,
        program_version: '0.1.0',
      })
      .execute();
}

export type Receiver = TlsServer & { settings: NotifySettings; bodies: () => Record<string, unknown>[] };

/** A webhook over TLS with a certificate authority of its own. */
export async function startReceiver(
  answer: Handler = (_request, response) => void response.writeHead(202).end(),
  format: NotifySettings['format'] = 'json',
): Promise<Receiver> {
  const server = await startTlsServer(answer);
  const caFile = join(tmpdir(), `dr365-receiver-${randomUUID()}.pem`);
  writeFileSync(caFile, server.certificate.cert);
  const settings: NotifySettings = {
    url: `https://localhost:${server.port}/hooks/very-secret-path?sig=very-secret-too`,
    format,
    kinds: ['critical', 'stale'],
    maxPerHour: 10,
    caFile,
  };
  const close = server[Symbol.asyncDispose];
  return Object.assign(server, {
    [Symbol.asyncDispose]: async () => {
      rmSync(caFile, { force: true });
      await close();
    },
    settings,
    bodies: () => server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>),
  });
}

/** A log whose lines are kept. */
export function keptLog(): { log: Log; text: () => string } {
  const lines: string[] = [];
  return {
    log: createLog('trace', { write: (line: string) => lines.push(line) }),
    text: () => lines.join(''),
  };
}
