import type { MetricsReader } from '../../../db/connect.ts';
import { listOwnKinds, sumVaultBytes } from '../../../queries/efficiency.ts';
import type { SourcePair } from '../../../queries/efficiency-filter.ts';
import type { NextStep } from '../../answer.ts';
import { AnswerError } from '../../errors.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { isPlainId } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { assemble, type Given } from './assemble.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import { toSources } from './head.ts';
import { toCard } from './job-rows.ts';
import { renderJob } from './job-text.ts';
import { readLists } from './lists.ts';
import { commonPrice } from './money.ts';
import { keepable } from './paging.ts';
import type { EfficiencyAnswer, JobCard } from './shape.ts';
import { summariseCard } from './summary.ts';

/** One job, or one backup without a job: its reduction by kind of file, its anomalies and what it could give back. */
export async function answerJob(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: Given,
  { sourceId, id }: SourcePair,
): Promise<ToolAnswer<EfficiencyAnswer>> {
  const run = scope.runs.find((one) => one.sourceId === sourceId);
  const summaries = given.summaries.filter((one) => one.sourceId === sourceId);
  const kinds = run ? await listOwnKinds(db, { ...run, ownerId: id }) : [];
  const card = toCard(kinds, summaries[0]?.currency);
  if (!card) throw new AnswerError('The run that saw this job stored no figures of it: ask without job.');
  const lists = await readLists(db, scope, given);
  const vaults = await sumVaultBytes(db, run ? [run] : []);
  const perSource = toSources(scope, summaries, vaults).filter(({ source_id }) => source_id === sourceId);
  const body = { job: card, price: commonPrice(summaries), per_source: perSource };
  return fitAnswer(
    keepable(lists),
    (kept) => {
      const structured = assemble(
        scope,
        {
          body,
          lists,
          kept,
          omitted: {},
          positions: {},
          notKnown: notKnown(card),
          nextSteps: nextSteps(scope, card),
          tierSources: given.tierSources,
        },
        (whole) => summariseCard(card, whole),
      );
      return { structured, text: renderJob(structured, card) };
    },
    answerBudget(scope.question),
  );
}

function notKnown(card: JobCard): string[] {
  const { combined_efficiency: own, trend, change_rate, optimization, kinds } = card;
  const isSized = !isVault(card.source_id);
  const hasIncrements = kinds.some(({ kind }) => kind === 'INCREMENT');
  return [
    ...(own.factor === null ? [`Its reduction: ${own.not_measurable_reason ?? 'no file counts'}.`] : []),
    ...(trend.classification === 'INSUFFICIENT_DATA'
      ? [
          isSized
            ? 'Its trend: fewer than 8 days have a file that counts.'
            : 'Its trend: the source tells no bytes of it.',
        ]
      : []),
    ...(hasIncrements && change_rate == null
      ? ['Its change rate: no increment belongs to a full that counts.']
      : []),
    ...(optimization.reclaimable_bytes === null
      ? [
          isSized
            ? 'What could be had back: no file of any backup has been read.'
            : 'How many bytes could be had back: Azure Backup tells those of whole vaults only.',
        ]
      : []),
    ...(own.reference_basis === 'ASSUMED'
      ? ['How its peers do: fewer than 5 of its platform are measurable, so a factor of 2 is assumed.']
      : []),
  ];
}

function nextSteps({ asOf, question }: EfficiencyScope, card: JobCard): NextStep[] {
  const tool = 'get_efficiency_metrics';
  const as_of = asOf.toISOString();
  const { job_id: job, source_id: source } = card;
  const steps: NextStep[] = [];
  if (isPlainId(job) && isPlainId(source)) {
    if (isVault(source))
      steps.push({
        tool: 'get_capacity_forecast',
        arguments: { source, as_of },
        reason: 'what its vault holds, how that grows and what it costs',
      });
    else if (question.changes === undefined)
      steps.push({
        tool,
        arguments: { job, source, changes: '30d', as_of },
        reason: 'what changed in a month',
      });
    if (question.history === undefined && !isVault(source))
      steps.push({
        tool,
        arguments: { job, source, history: '90d', as_of },
        reason: 'its reduction per day',
      });
    if (card.has_job)
      steps.push({ tool: 'get_health_status', arguments: { job, source, as_of }, reason: 'its runs' });
  }
  return steps;
}
