import type { MetricsReader } from '../../../db/connect.ts';
import { listRecoveries, type Recovery } from '../../../queries/recovery.ts';
import { type KnownPoint, listPoints } from '../../../queries/recovery-facts.ts';
import { listRecoverySummaries, type RecoverySummary } from '../../../queries/recovery-lists.ts';
import type { NextStep } from '../../answer.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { isPlainId } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { notKnown as notKnownOf } from './estate-head.ts';
import { type Lists, readLists } from './lists.ts';
import { type KeptLists, keepable, shownOf, toPaging } from './paging.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import { toProtections } from './rows.ts';
import type { RecoveryAnswer, WorkloadCard } from './shape.ts';
import { summariseCard } from './summary.ts';
import { toCard } from './workload-card.ts';
import { renderWorkload } from './workload-text.ts';

/** One workload: whether it comes back, from which point, what was tried, and where its points lie. */
export async function answerWorkload(
  db: MetricsReader,
  scope: RecoveryScope,
): Promise<ToolAnswer<RecoveryAnswer>> {
  const { runs, filter } = scope;
  const [recovery] = await listRecoveries(db, { runs, filter, limit: 1 });
  if (!recovery) throw new Error('the workload that was found is gone within one snapshot');
  const summaries = await listRecoverySummaries(db, runs);
  const [summary] = summaries;
  const points = await readPoints(db, scope, recovery);
  const card = toCard(recovery, points, summary?.concludedAt ?? null);
  const lists = await readLists(db, scope, { isOne: true, summaries });
  return fitAnswer(
    keepable(lists),
    (kept) => assemble(scope, { card, lists, summaries }, kept),
    answerBudget(scope.question),
  );
}

/** Its own, and those of its other protections, in whichever source they lie. */
async function readPoints(
  db: MetricsReader,
  { allRuns }: RecoveryScope,
  recovery: Recovery,
): Promise<KnownPoint[]> {
  const { safePointId, cleanPointId, newestPointId, sourceId } = recovery;
  const pointIds = [safePointId, cleanPointId, newestPointId].filter((id) => id !== null);
  const sources = new Set([sourceId, ...toProtections(recovery).map(({ source_id }) => source_id)]);
  const points: KnownPoint[] = [];
  for (const run of allRuns.filter((one) => sources.has(one.sourceId)))
    points.push(...(await listPoints(db, { sourceId: run.sourceId, knownAt: run.knownAt, pointIds })));
  return points;
}

type Parts = { card: WorkloadCard; lists: Lists; summaries: RecoverySummary[] };

function assemble(
  scope: RecoveryScope,
  { card, lists, summaries }: Parts,
  kept: KeptLists,
): ToolAnswer<RecoveryAnswer> {
  const structured: RecoveryAnswer = {
    ...toBase(scope, scope.page ? 'Next rows of one workload.' : summariseCard(card)),
    workload: card,
    ...shownOf(lists, kept),
    not_known: [...notKnown(card), ...notKnownOf(summaries).filter(isOfOne), ...lists.notKnown],
    next_steps: nextSteps(scope, card),
    ...toPaging(scope, lists, kept),
  };
  return { structured, text: renderWorkload(structured, card) };
}

/** What the run could not say about many restores at once is no matter of one workload. */
const isOfOne = (text: string) => !/mass restores|bandwidth|at once/.test(text);

function notKnown({ source_id, size_bytes, q90_status, immutable_basis, points }: WorkloadCard): string[] {
  return [
    ...(size_bytes === null ? ['Its size.'] : []),
    ...(q90_status === 'REACHED' ? [] : ['By when nine of ten restores of it are back.']),
    ...(immutable_basis === 'UNKNOWN' ? ['How long its points cannot be deleted.'] : []),
    ...(points.newest && points.newest.malware_status === null
      ? [
          `Whether its newest point is clean: ${isVault(source_id) ? 'Azure Backup' : 'the backup server'} gives no malware status.`,
        ]
      : []),
  ];
}

function nextSteps({ asOf }: RecoveryScope, card: WorkloadCard): NextStep[] {
  const tool = 'get_recovery_performance';
  const as_of = asOf.toISOString();
  const steps: NextStep[] = [];
  if (card.tier !== null) {
    steps.push({
      tool,
      arguments: { tier: card.tier, as_of },
      reason: 'all workloads of its tier, and how long they take all at once',
    });
  }
  if (isPlainId(card.source_id))
    steps.push({
      tool,
      arguments: { source: card.source_id, as_of },
      reason: `all workloads of its ${isVault(card.source_id) ? 'vault' : 'server'}`,
    });
  return steps;
}
