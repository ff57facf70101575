import type { MetricsReader } from '../../../db/connect.ts';
import { listOwnerNames } from '../../../queries/efficiency.ts';
import type { EfficiencyFilter, Machines, SourcePair } from '../../../queries/efficiency-filter.ts';
import { listRepositoryNames } from '../../../queries/efficiency-lists.ts';
import {
  listBackupsIn,
  listBackupsOfMachines,
  listMachineNames,
  listMachinesOfTier,
} from '../../../queries/efficiency-machines.ts';
import type { SourceFreshness } from '../../answer.ts';
import { AnswerError } from '../../errors.ts';
import type { Scope, ScopeRun } from '../../scope.ts';
import { readSources } from '../../sources.ts';
import type { About } from './efficiency-scope.ts';
import { findNamed } from './find.ts';
import type { EfficiencyQuestion } from './question.ts';

/**
 * What the names in a question mean, at its moment.
 * @throws AnswerError for a name that nothing has, and for a tier while nobody knows which machine has which
 */
export async function findAbout(
  db: MetricsReader,
  scope: Scope,
  question: EfficiencyQuestion,
): Promise<{ about: About; tierSources: SourceFreshness[] }> {
  const { job, repository, status } = question;
  const { runs } = scope;
  const owners = job === undefined ? undefined : findNamed(await listOwnerNames(db, runs), job, 'job');
  const repositories =
    repository === undefined
      ? undefined
      : findNamed(await listRepositoryNames(db, runs), repository, 'repository');
  const { machines, tierSources } = await findMachines(db, scope, question);
  const filter: EfficiencyFilter = {
    ...(status === undefined || status === 'ALL' ? {} : { status }),
    ...(owners ? { owners } : {}),
    ...(repositories ? { repositories } : {}),
    ...(machines ? { machines } : {}),
  };
  const isOne = owners?.length === 1 && status === undefined && !repositories && !machines;
  const about: About = {
    filter,
    backupsThere: repositories && (await backupsIn(db, runs, repositories)),
    one: isOne ? owners[0] : undefined,
    notKnown: machines && machines.workloads.length === 0 ? [NO_MACHINE] : [],
    isAll: Object.keys(filter).length === 0,
  };
  return { about, tierSources };
}

const NO_MACHINE =
  'Machines of this tier: none is known to have it. Tiers are set in dr365.toml ([tiers.1] and so on), and read by the rto worker.';

async function findMachines(
  db: MetricsReader,
  scope: Scope,
  { workload, tier }: EfficiencyQuestion,
): Promise<{ machines: Machines | undefined; tierSources: SourceFreshness[] }> {
  if (workload === undefined && tier === undefined) return { machines: undefined, tierSources: [] };
  const named = workload === undefined ? undefined : await findWorkloads(db, scope.runs, workload);
  const tiered = tier === undefined ? undefined : await findTier(db, scope, tier);
  const workloads = both(named, tiered?.workloads);
  return { machines: await holdersOf(db, scope.runs, workloads), tierSources: tiered?.sources ?? [] };
}

async function findWorkloads(
  db: MetricsReader,
  runs: readonly ScopeRun[],
  wanted: string,
): Promise<SourcePair[]> {
  const all = await ofEach(runs, (run) => listMachineNames(db, run));
  if (all.length > 0) return findNamed(all, wanted, 'machine');
  throw new AnswerError(
    'No machine is known at that moment: the objects of backups have not been read. Ask by job or repository.',
  );
}

/** Which machine has which tier is what the last run of the rto worker says. */
async function findTier(
  db: MetricsReader,
  { asOf, runs: own }: Scope,
  tier: number,
): Promise<{ workloads: SourcePair[]; sources: SourceFreshness[] }> {
  const sourceIds = own.map(({ sourceId }) => sourceId);
  const { runs, sources } = await readSources(db, { worker: 'rto', sourceIds, asOf });
  const last = runs.flatMap(({ sourceId, concluded: [run] }) =>
    run ? [{ sourceId, runId: run.runId }] : [],
  );
  if (last.length === 0) {
    throw new AnswerError(
      'Which machine has which tier is not known at that moment: npm run worker:rto works it out. Ask without tier.',
    );
  }
  const workloads = await ofEach(last, async (run) =>
    pairs(run.sourceId, await listMachinesOfTier(db, { ...run, tier })),
  );
  return { workloads, sources };
}

async function holdersOf(
  db: MetricsReader,
  runs: readonly ScopeRun[],
  workloads: SourcePair[],
): Promise<Machines> {
  const backups = await ofEach(runs, (run) =>
    listBackupsOfMachines(db, { ...run, workloadIds: idsOf(workloads, run) }),
  );
  return {
    workloads,
    backups,
    owners: backups.map(({ sourceId, ownerId }) => ({ sourceId, id: ownerId })),
  };
}

async function backupsIn(
  db: MetricsReader,
  runs: readonly ScopeRun[],
  repositories: SourcePair[],
): Promise<SourcePair[]> {
  return ofEach(runs, (run) => listBackupsIn(db, { ...run, repositoryIds: idsOf(repositories, run) }));
}

/** One question after the other: a snapshot is one connection, which takes one at a time. */
async function ofEach<Run, Row>(runs: readonly Run[], ask: (run: Run) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const run of runs) rows.push(...(await ask(run)));
  return rows;
}

const idsOf = (all: readonly SourcePair[], { sourceId }: { sourceId: string }) =>
  all.filter((one) => one.sourceId === sourceId).map(({ id }) => id);

const pairs = (sourceId: string, ids: string[]): SourcePair[] => ids.map((id) => ({ sourceId, id }));

/** Those in both lists; one that was not asked for does not narrow the other. */
function both(a: SourcePair[] | undefined, b: SourcePair[] | undefined): SourcePair[] {
  if (!a || !b) return a ?? b ?? [];
  const known = new Set(b.map(({ sourceId, id }) => `${sourceId}\u0000${id}`));
  return a.filter(({ sourceId, id }) => known.has(`${sourceId}\u0000${id}`));
}
