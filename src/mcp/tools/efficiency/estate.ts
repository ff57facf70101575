import type { MetricsReader } from '../../../db/connect.ts';
import { type JobEfficiencyRow, listJobEfficiency } from '../../../queries/efficiency.ts';
import type { NextStep } from '../../answer.ts';
import { answerBudget, fitAnswer } from '../../fit.ts';
import type { ToolAnswer } from '../../registry.ts';
import { isPlainId } from '../../untrusted.ts';
import { assemble, type Body, type Given } from './assemble.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import { renderEstate } from './estate-text.ts';
import { type Head, readHead } from './head.ts';
import { toJobRow } from './job-rows.ts';
import { type Lists, readLists } from './lists.ts';
import { malwareSteps } from './malware.ts';
import { isOpen, type Kept, keepable, offsetOf, sliceOf } from './paging.ts';
import type { EfficiencyAnswer, JobRow, Row } from './shape.ts';
import { summarise } from './summary.ts';

/** All jobs, or those that fit: in the order asked for, with the lists that belong to the question. */
export async function answerEstate(
  db: MetricsReader,
  scope: EfficiencyScope,
  given: Given,
): Promise<ToolAnswer<EfficiencyAnswer>> {
  const head: Head = scope.page ? { notKnown: [] } : await readHead(db, scope, given.summaries);
  const jobs = await readJobs(db, scope, given);
  const lists = await readLists(db, scope, given);
  const all = {
    jobs: jobs.rows,
    per_source: (head.per_source ?? []).slice(0, scope.question.limit),
    ...keepable(lists),
  };
  return fitAnswer(
    all,
    (kept) => build(scope, { given, head, jobs, lists }, kept),
    answerBudget(scope.question),
  );
}

type Jobs = { rows: JobRow[]; matching: number; isShown: boolean };

async function readJobs(
  db: MetricsReader,
  scope: EfficiencyScope,
  { about, summaries }: Given,
): Promise<Jobs> {
  const { order = 'waste', detail, changes } = scope.question;
  const isShown = changes === undefined && isOpen(scope, 'jobs');
  if (!isShown) return { rows: [], matching: 0, isShown };
  const found: JobEfficiencyRow[] = await listJobEfficiency(db, {
    runs: scope.runs,
    filter: about.filter,
    order,
    slice: sliceOf(scope, 'jobs'),
  });
  const currencyOf = new Map(summaries.map(({ sourceId, currency }) => [sourceId, currency]));
  return {
    rows: found.map((row) => toJobRow(row, detail === 'detailed', currencyOf.get(row.sourceId))),
    matching: found[0]?.matching ?? 0,
    isShown,
  };
}

type Parts = { given: Given; head: Head; jobs: Jobs; lists: Lists };

function build(
  scope: EfficiencyScope,
  { given, head, jobs, lists }: Parts,
  { jobs: shown, per_source, ...kept }: Kept & { jobs: readonly JobRow[]; per_source: Row<'per_source'>[] },
): ToolAnswer<EfficiencyAnswer> {
  const before = offsetOf(scope, 'jobs');
  const left = jobs.isShown ? jobs.matching - before - shown.length : 0;
  const body: Body = {
    ...(head.estate ? { estate: head.estate } : {}),
    ...(head.price === undefined ? {} : { price: head.price }),
    ...(head.per_source ? { per_source } : {}),
    ...(jobs.isShown ? { jobs_matching: jobs.matching, jobs: [...shown] } : {}),
  };
  const structured = assemble(
    scope,
    {
      body,
      lists,
      kept,
      omitted: { jobs: left, sources: (head.per_source?.length ?? 0) - per_source.length },
      positions: { jobs: left > 0 ? [before + shown.length] : null },
      notKnown: [...given.about.notKnown, ...head.notKnown],
      nextSteps: nextSteps(scope, given, body),
      tierSources: given.tierSources,
    },
    (whole) => summarise(scope, given, whole),
  );
  return { structured, text: renderEstate(structured) };
}

/** At most three, in a fixed order; their arguments are ids and our own words. */
function nextSteps(
  { asOf, question }: EfficiencyScope,
  { about }: Given,
  { estate, jobs = [] }: Body,
): NextStep[] {
  const tool = 'get_efficiency_metrics';
  const as_of = asOf.toISOString();
  const first = jobs.find(({ job_id, source_id }) => isPlainId(job_id) && isPlainId(source_id));
  const steps: NextStep[] = [];
  if (about.isAll && (estate?.anomalies_by_type.ENTROPY_SUSPECT?.open ?? 0) > 0) {
    steps.push({
      tool,
      arguments: { status: 'ENTROPY_SUSPECT', detail: 'detailed', as_of },
      reason: 'backups that look like encryption, with all that is known about each',
    });
  }
  if (about.isAll) steps.push(...malwareSteps(estate?.malware, as_of));
  if (about.isAll && question.include === undefined && (estate?.reclaimable.bytes ?? 0) > 0) {
    const [largest] = Object.entries(estate?.reclaimable.by_category ?? {}).sort(
      ([, a], [, b]) => (b.counted_bytes ?? 0) - (a.counted_bytes ?? 0),
    );
    if (largest)
      steps.push({
        tool,
        arguments: { status: largest[0], as_of },
        reason: 'the largest part of what could be had back, with owners, reasons and cautions',
      });
  }
  if (first) {
    steps.push({
      tool,
      arguments: { job: first.job_id, source: first.source_id, as_of },
      reason: 'the first of this list: by kind of file, its anomalies and reclaimable space',
    });
  }
  return steps;
}
