import type { Transaction } from 'kysely';
import type { Attribute } from '../../src/analysis/health/incidents.ts';
import type { InfrastructureFacts } from '../../src/analysis/health/infrastructure-facts.ts';
import type { MetricsDB } from '../../src/db/connect.ts';
import { insertRows } from '../../src/pipeline/bulk.ts';
import { readRepositoryConditions } from '../capacity/repository-conditions.ts';
import { readProtectedObjects } from '../rto/protected-objects.ts';
import type { Context } from '../shared/facts.ts';
import { assessJobs } from './assess-jobs.ts';
import { readAzureFacts } from './azure-facts.ts';
import { concludeEstate } from './conclude-estate.ts';
import { deriveReasons } from './derive-reasons.ts';
import { type JobToAssess, readJobs } from './facts.ts';
import { readInfrastructure } from './infrastructure-facts.ts';
import { toFindingRow, toIncidentRow, toJobHealthRow } from './result-rows.ts';

/** What the tables say about the health of one source, written under the id of the run. */
export async function conclude(trx: Transaction<MetricsDB>, context: Context): Promise<void> {
  const key = { source_id: context.sourceId, run_id: context.runId };
  await deriveReasons(trx, context);
  const jobs = await readJobs(trx, context.sourceId, context.sourceNow);
  const infrastructure = await readInfrastructure(trx, context);
  const assessed = await assessJobs(trx, context, jobs, toCatalogue(infrastructure, jobs));
  const repositories = await readRepositoryConditions(trx, context.sourceId, context.sourceNow);
  const objects = await readProtectedObjects(trx, context.sourceId, context.sourceNow);
  const azure = context.source.kind === 'azure' ? await readAzureFacts(trx, context) : null;
  const estate = concludeEstate(context, assessed, { infrastructure, repositories, objects, azure });
  const vanished = new Map(jobs.map(({ facts, vanishedAt }) => [facts.jobId, vanishedAt]));

  await insertRows(trx, 'health_score', [{ ...key, ...estate.score }]);
  await insertRows(
    trx,
    'job_health',
    assessed.jobs.map((job) => ({ ...key, ...toJobHealthRow(job, vanished.get(job.job.jobId) ?? null) })),
  );
  await insertRows(
    trx,
    'health_finding',
    estate.findings.map((finding) => ({ ...key, ...toFindingRow(finding) })),
  );
  await insertRows(
    trx,
    'health_incident',
    estate.incidents.map((incident) => ({ ...key, ...toIncidentRow(incident) })),
  );
}

/** What messages may name: each proxy, host and repository that is known. */
function toCatalogue({ proxies, managedServers }: InfrastructureFacts, jobs: JobToAssess[]): Attribute[] {
  const repositories = new Map(
    jobs.flatMap(({ facts }) =>
      facts.repositoryId ? [[facts.repositoryId, facts.repositoryName ?? null] as const] : [],
    ),
  );
  return [
    ...proxies.map(({ id, name }) => ({ kind: 'proxy' as const, id, name })),
    ...managedServers.map(({ id, name }) => ({ kind: 'host' as const, id, name })),
    ...[...repositories].map(([id, name]) => ({ kind: 'repository' as const, id, name })),
  ];
}
