import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/analysis/remediation/rule.ts';
import type { Severities } from '../../../src/analysis/risk/score.ts';
import { riskWhatIf } from '../../../src/analysis/risk/what-if.ts';
import { parseBusinessContext } from '../../../src/business/load.ts';
import { asRiskReader } from '../../../src/db/connect.ts';
import type { Databases } from '../../../src/db/database.ts';
import { createLog } from '../../../src/log.ts';
import { type Advisor, runAdvisor } from '../../../src/pipeline/advisor.ts';
import { readRiskFacts } from '../../../src/queries/risk-facts.ts';
import { createRemediation } from '../../../workers/remediation/remediation.ts';
import { createRisk } from '../../../workers/risk/risk.ts';
import { createTestDatabase } from '../../support/database.ts';
import { SOURCE } from '../../support/health-rows.ts';
import {
  addCapacityResults,
  addCollectorRun,
  addInventory,
  addJobResults,
  addRecoveryResults,
  type Seen,
} from './replay-rows.ts';

const DAYS = 180;
const DAY_MS = 86_400_000;
const FIRST_NOON = Date.UTC(2025, 8, 1, 12);
const BUSINESS = parseBusinessContext('[tiers.1]\npatterns = ["*"]\n', 'dr365.toml');

/** Days on which a collector is silent. Facts are stale from the third on. */
const SILENT: Readonly<Record<string, (day: number) => boolean>> = {
  health: (day) => (day >= 60 && day < 66) || day === 120,
  capacity: (day) => day >= 90 && day < 97,
  efficiency: () => false,
  rto: (day) => day >= 38 && day < 48,
};
const WORKER_OF = { job: 'health', repository: 'capacity', workload: 'rto' } as const;
const RULE_OF = {
  job: 'gap:gap.credentials',
  repository: 'capacity:capacity.exceeded',
  workload: 'recover:recover.failed-test',
} as const;
/** Nightly runs: a fix counts after three of them without a failure, the others at once. */
const QUIET_DAYS = { job: 2, repository: 0, workload: 0 } as const;

interface Story {
  kind: Seen['kind'];
  id: string;
  /** Days from and to which it is broken; the second time is the relapse. */
  bad: [from: number, to: number][];
}

/** 50 fixes: 25 of jobs, 12 of repositories, 13 of workloads; every second of them relapses once and is fixed again. */
function stories(): Story[] {
  return Array.from({ length: 50 }, (_, index): Story => {
    const kind = index % 4 < 2 ? 'job' : index % 4 === 2 ? 'repository' : 'workload';
    const from = 3 + ((index * 29) % 125);
    const to = from + 3 + ((index * 7) % 25);
    const again = to + 8 + ((index * 11) % 20);
    const bad: Story['bad'] = [[from, to]];
    if (index % 2 === 0) bad.push([again, again + 2 + ((index * 5) % 12)]);
    return { kind, id: `${kind}-${index}`, bad };
  });
}

test('in 180 days 50 fixes and 25 relapses close and reopen their plans at the right poll, and none on stale data', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  const all = stories();
  await addInventory(
    database.metrics.db,
    all.map((story) => seenOn(story, 0)),
  );
  for (let day = 0; day < DAYS; day++) await live(day, all, database, advisor);

  const events = await advisor.risk.db.selectFrom('remediation_event').selectAll().orderBy('at').execute();
  const ours = events.filter(
    ({ status }) => status === 'OPEN' || status === 'VERIFIED' || status === 'REOPENED',
  );
  const first = ours.filter(({ status, version }) => status !== 'OPEN' || version === 1);
  const expected = all.flatMap(expectedEvents).sort();
  const happened = first
    .filter(({ plan_id }) => isOurs(plan_id, all))
    .map(({ plan_id, status, at }) => `${plan_id} ${status} ${(at.getTime() - FIRST_NOON) / DAY_MS}`)
    .sort();
  assert.deepEqual(happened, expected);
  assert.ok(expected.filter((text) => text.includes('REOPENED')).length >= 20);
  assert.ok(expected.filter((text) => text.includes('VERIFIED')).length >= 70);
  const withdrawn = events.filter(({ status, plan_id }) => status === 'WITHDRAWN' && isOurs(plan_id, all));
  assert.deepEqual(withdrawn, []);
  await promisesHold(advisor);
  await versionsAreWrittenOnce(advisor);
});

/** A day: the collectors that are not silent, then the risk, then the advice. */
async function live(
  day: number,
  all: readonly Story[],
  database: Databases,
  advisor: Databases,
): Promise<void> {
  const now = new Date(FIRST_NOON + day * DAY_MS);
  const { db } = database.metrics;
  const state = all.map((story) => seenOn(story, day));
  for (const [worker, isSilent] of Object.entries(SILENT)) {
    if (isSilent(day)) continue;
    const runId = await addCollectorRun(db, worker, now);
    if (worker === 'health') await addJobResults(db, runId, state, now);
    if (worker === 'capacity') await addCapacityResults(db, runId, state, now);
    if (worker === 'rto') await addRecoveryResults(db, runId, state, now);
  }
  await advise(createRisk(BUSINESS), advisor, now);
  await advise(createRemediation(BUSINESS), advisor, now);
}

async function advise(worker: Advisor, advisor: Databases, now: Date): Promise<void> {
  for (;;) {
    const { status, error } = await runAdvisor(worker, advisor, SOURCE, {
      clock: () => now,
      log: createLog('silent'),
    });
    assert.notEqual(status, 'failed', error?.message);
    if (status !== 'busy') return;
  }
}

function seenOn({ kind, id, bad }: Story, day: number): Seen {
  const current = bad.find(([from, to]) => from <= day && day < to);
  const past = bad.filter(([, to]) => to <= day).at(-1);
  return { kind, id, badDays: current ? day - current[0] + 1 : 0, goodDays: past ? day - past[1] + 1 : null };
}

/** By hand: what each poll may conclude from the last day on which the collector looked. */
function expectedEvents(story: Story): string[] {
  const events: string[] = [];
  let status = 'NONE';
  for (let day = 0, looked = 0; day < DAYS; day++) {
    if (!SILENT[WORKER_OF[story.kind]]?.(day)) looked = day;
    // Two intervals and a fifth of a day's rhythm.
    if ((day - looked) * 24 > 2.2 * 24) continue;
    const { badDays, goodDays } = seenOn(story, looked);
    const say = (next: string) => {
      status = next;
      events.push(`${planIdOf(story)} ${next} ${day}`);
    };
    if (badDays > 0 && status === 'NONE') say('OPEN');
    else if (badDays > 0 && status === 'VERIFIED') say('REOPENED');
    else if (
      badDays === 0 &&
      (goodDays ?? 0) > QUIET_DAYS[story.kind] &&
      (status === 'OPEN' || status === 'REOPENED')
    )
      say('VERIFIED');
  }
  return events;
}

const planIdOf = ({ kind, id }: Story) => `${kind}:${id}:${RULE_OF[kind]}`;

function isOurs(planId: string, all: readonly Story[]): boolean {
  return all.some((story) => planId === planIdOf(story));
}

/** The drop that each version promises is the drop that the scorer gives on the facts of its own risk run. */
async function promisesHold({ risk }: Databases): Promise<void> {
  const plans = await risk.db
    .selectFrom('remediation_plan')
    .selectAll()
    .where('scope_type', '<>', 'ESTATE')
    .execute();
  assert.ok(plans.length >= 75);
  const runs = Map.groupBy(plans, ({ risk_run_id }) => risk_run_id);
  for (const [runId, ofRun] of runs) {
    const facts = await readRiskFacts(asRiskReader(risk.db), { sourceId: SOURCE, runId });
    assert.ok(facts);
    for (const { item_id, options, score_now, plan_id } of ofRun) {
      for (const { what_if, delta } of options as unknown as { what_if: Effect; delta: number }[]) {
        if (what_if.kind !== 'changes') continue;
        const { before, after } = riskWhatIf(facts, what_if.changes, BUSINESS.risk.severities as Severities);
        const scoreOf = (items: typeof before.items) => items.find(({ key }) => key === item_id)?.score ?? 0;
        assert.ok(Math.abs(scoreOf(before.items) - score_now) < 1e-6, plan_id);
        assert.ok(Math.abs(scoreOf(before.items) - scoreOf(after.items) - delta) < 1e-6, plan_id);
      }
    }
  }
}

async function versionsAreWrittenOnce({ risk }: Databases): Promise<void> {
  const plans = await risk.db
    .selectFrom('remediation_plan')
    .select(['plan_id', 'version'])
    .orderBy('plan_id')
    .orderBy('version')
    .execute();
  for (const [planId, versions] of Map.groupBy(plans, ({ plan_id }) => plan_id))
    assert.deepEqual(
      versions.map(({ version }) => version),
      versions.map((_, index) => index + 1),
      planId,
    );
  const rewrite = risk.db.updateTable('remediation_plan').set({ title: 'other' }).execute();
  await assert.rejects(rewrite, /permission denied/);
  await assert.rejects(risk.db.deleteFrom('remediation_event').execute(), /permission denied/);
}
