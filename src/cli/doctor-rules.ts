import type { BusinessContext } from '../business/context.ts';
import { matchOverrides, matchTierRules, type RuleMatches } from '../business/rule-matches.ts';
import { type Named, tierOf } from '../business/tier.ts';
import type { MetricsReader } from '../db/connect.ts';
import { cleanText } from '../mcp/untrusted.ts';
import { type Check, createChecks, fewNames, plural } from './doctor-check.ts';

type Item = Named & { kind: 'job' | 'workload'; name: string };

const MOST_LISTED = 100;

/** What each rule of dr365.toml matches among the jobs and workloads that there are now, and who has no rule. */
export async function checkRules(business: BusinessContext, db: MetricsReader): Promise<Check[]> {
  const { checks, ok, warn } = createChecks('business rules');
  const items = [...(await listJobs(db)), ...(await listWorkloads(db))];
  if (business.tiers.length + business.targets.overrides.length === 0) return [];
  if (items.length === 0) {
    warn(
      'rules',
      'there are no jobs and workloads to match yet',
      'run the workers first: npm run worker:health',
    );
    return checks;
  }
  const rules = matchTierRules(business, items).map(({ rule, matches }) => ({ rule: rule.rule, matches }));
  const overrides = matchOverrides(business, items).map(({ rule, matches }) => ({
    rule: `targets.overrides ${JSON.stringify(rule.idOrName)}`,
    matches,
  }));
  for (const { rule, matches } of [...rules, ...overrides]) {
    const details = detailsOf({ rule, matches });
    if (matches.length > 0) ok(rule, describe(matches), null, { details });
    else warn(rule, 'matches nothing', 'check its spelling, or remove it', { details });
  }
  if (!items.some(({ kind }) => kind === 'workload'))
    warn('workloads', 'none is known yet, so rules were matched with jobs only', 'npm run worker:rto');
  else if (business.tiers.length > 0) checks.push(withoutRule(business, items));
  return checks;
}

function withoutRule(business: BusinessContext, items: Item[]): Check {
  const { checks, ok, warn } = createChecks('business rules');
  const workloads = items.filter(({ kind }) => kind === 'workload');
  const none = workloads.filter((workload) => tierOf(business, workload).tier === null);
  const details = { workloads: workloads.length, withoutRule: none.length, names: namesOf(none) };
  if (none.length === 0)
    ok('all workloads', `each of ${workloads.length} has a tier by a rule`, null, { details });
  else
    warn(
      'no rule',
      `${none.length} of ${plural(workloads.length, 'workload')}: ${fewNames(none)}: their tier is assumed`,
      'add names, tags or patterns to [tiers.1] to [tiers.4]; a pattern "*" in [tiers.4] takes all the rest',
      { details },
    );
  return checks[0] as Check;
}

function describe(matches: Item[]): string {
  const parts = (['job', 'workload'] as const).flatMap((kind) => {
    const own = matches.filter((item) => item.kind === kind);
    return own.length === 0 ? [] : [`${plural(own.length, kind)} (${fewNames(own)})`];
  });
  return parts.join(', ');
}

function detailsOf({ rule, matches }: RuleMatches<string, Item>): Record<string, unknown> {
  const of = (kind: Item['kind']) => matches.filter((item) => item.kind === kind);
  return {
    rule,
    jobs: of('job').length,
    workloads: of('workload').length,
    jobNames: namesOf(of('job')),
    workloadNames: namesOf(of('workload')),
  };
}

const namesOf = (items: Item[]) => items.slice(0, MOST_LISTED).map(({ name }) => cleanText(name, 120));

async function listJobs(db: MetricsReader): Promise<Item[]> {
  const rows = await db
    .selectFrom('job')
    .select(['job_id as id', 'name'])
    .where('vanished_at', 'is', null)
    .orderBy('name')
    .orderBy('job_id')
    .execute();
  return rows.map((row) => ({ ...row, kind: 'job' }));
}

/** With the jobs that give them new points; copies and vanished jobs say nothing of a tier, as for the rto worker. */
async function listWorkloads(db: MetricsReader): Promise<Item[]> {
  const rows = await db
    .selectFrom('workload as w')
    .leftJoin('backup_object as o', (join) =>
      join
        .onRef('o.source_id', '=', 'w.source_id')
        .onRef('o.workload_id', '=', 'w.workload_id')
        .on('o.vanished_at', 'is', null),
    )
    .leftJoin('backup as b', (join) =>
      join
        .onRef('b.source_id', '=', 'o.source_id')
        .onRef('b.backup_id', '=', 'o.backup_id')
        .on('b.vanished_at', 'is', null),
    )
    .leftJoin('job as j', (join) =>
      join
        .onRef('j.source_id', '=', 'b.source_id')
        .onRef('j.job_id', '=', 'b.job_id')
        .on('j.vanished_at', 'is', null)
        .on('j.type', '!~*', 'copy|replica|surebackup'),
    )
    .select(['w.workload_id as id', 'w.name', 'w.tags'])
    .select((eb) => [
      eb.fn.agg<(string | null)[]>('array_agg', ['j.job_id']).as('jobIds'),
      eb.fn.agg<(string | null)[]>('array_agg', ['j.name']).as('jobNames'),
    ])
    .where('w.vanished_at', 'is', null)
    .groupBy(['w.source_id', 'w.workload_id'])
    .orderBy('w.name')
    .orderBy('w.workload_id')
    .execute();
  return rows.map(({ jobIds, jobNames, ...row }) => ({
    ...row,
    kind: 'workload',
    jobIds: jobIds.map((id) => id ?? ''),
    jobNames: jobNames.map((name) => name ?? ''),
  }));
}
