import type { MetricsReader } from '../../../db/connect.ts';
import { listRecoveries, type Recovery } from '../../../queries/recovery.ts';
import { listRecoverySummaries } from '../../../queries/recovery-lists.ts';
import type { NextStep } from '../../answer.ts';
import { AnswerError } from '../../errors.ts';
import { fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { toBase } from '../../scope.ts';
import { notKnown } from './estate-head.ts';
import { findWorkloads } from './find.ts';
import type { WhatIf } from './question.ts';
import type { RecoveryScope } from './recovery-scope.ts';
import type { RecoveryAnswer } from './shape.ts';
import { answerMass } from './what-if-mass.ts';
import type { WhatIfAnswer } from './what-if-shape.ts';
import { summariseWhatIf } from './what-if-summary.ts';
import { answerTarget } from './what-if-target.ts';
import { renderWhatIf } from './what-if-text.ts';

/** Most workloads of a plan: no estate of one server has more. */
const MOST = 100_000;

/** What a plan comes to, worked out when the question comes by the engine that the worker has, on what its run knew. */
export async function answerWhatIf(
  db: MetricsReader,
  scope: RecoveryScope,
  plan: WhatIf,
): Promise<ToolAnswer<RecoveryAnswer>> {
  const machines = await readMachines(db, scope, plan);
  const summaries = await listRecoverySummaries(db, scope.runs);
  const given = { machines, summaries, plan };
  const what_if: WhatIfAnswer =
    plan.kind === 'target' ? await answerTarget(db, scope, given) : answerMass(scope, given);
  const finishes = (what_if.mass_restore ?? []).flatMap((one) => one.finishes);
  const least = what_if.target?.least_likely ?? [];
  return fitAnswer({ finishes, least }, (kept) => {
    const shown = keep(what_if, kept);
    const omitted = {
      workloads: (what_if.target?.workloads ?? kept.least.length) - kept.least.length,
      finishes: countOf(what_if) - kept.finishes.length,
    };
    const left = Object.entries(omitted).filter(([, count]) => count > 0);
    const structured: RecoveryAnswer = {
      ...toBase(scope, summariseWhatIf(shown)),
      what_if: shown,
      not_known: notKnown(summaries),
      next_steps: nextSteps(scope),
      ...(left.length > 0 ? { omitted: Object.fromEntries(left) } : {}),
    };
    return { structured, text: renderWhatIf(structured, shown) };
  });
}

/** The workloads that a plan is about, those to restore first at the front. @throws AnswerError if there is none */
async function readMachines(
  db: MetricsReader,
  scope: RecoveryScope,
  { workloads }: WhatIf,
): Promise<Recovery[]> {
  const named = workloads && (await findWorkloads(db, scope, workloads));
  const keys = new Set(named?.map(({ sourceId, id }) => `${sourceId} ${id}`));
  const filter = named ? { ...scope.filter, workloadIds: named.map(({ id }) => id) } : scope.filter;
  const found = await listRecoveries(db, { runs: scope.runs, filter, limit: MOST });
  const machines = named
    ? found.filter(({ sourceId, workloadId }) => keys.has(`${sourceId} ${workloadId}`))
    : found;
  if (machines.length > 0) return machines;
  throw new AnswerError('what_if: no workload matches tier, status, job, repository and workloads together.');
}

const countOf = ({ mass_restore = [] }: WhatIfAnswer) =>
  mass_restore.reduce((count, { machines }) => count + machines, 0);

type Kept = {
  finishes: readonly NonNullable<WhatIfAnswer['mass_restore']>[number]['finishes'][number][];
  least: readonly NonNullable<WhatIfAnswer['target']>['least_likely'][number][];
};

function keep(answer: WhatIfAnswer, { finishes, least }: Kept): WhatIfAnswer {
  const kept = new Set(finishes);
  return {
    ...answer,
    ...(answer.mass_restore
      ? {
          mass_restore: answer.mass_restore.map((one) => ({
            ...one,
            finishes: one.finishes.filter((finish) => kept.has(finish)),
          })),
        }
      : {}),
    ...(answer.target ? { target: { ...answer.target, least_likely: [...least] } } : {}),
  };
}

function nextSteps({ asOf, filter }: RecoveryScope): NextStep[] {
  const tier: Record<string, number> = filter.tier === undefined ? {} : { tier: filter.tier };
  return [
    {
      tool: 'get_recovery_performance',
      arguments: { ...tier, as_of: asOf.toISOString() },
      reason: 'the workloads as they stand, with the targets that are set',
    },
  ];
}
