import { sawNone, sourcesShown } from '../../answer.ts';
import type { HealthScope } from './health-scope.ts';
import type { HealthAnswer } from './shape.ts';

/** The answer in one or two sentences of our own words and numbers that stand in the fields too. */
export function summarise(scope: HealthScope, body: Partial<HealthAnswer>): string {
  const { question, page } = scope;
  const jobs = body.jobs?.length ?? 0;
  const findings = body.findings?.length ?? 0;
  if (page)
    return `Next rows: ${jobs} of ${body.jobs_matching} jobs and ${findings} of ${body.findings_matching} findings.`;
  if (question.job !== undefined || question.status !== undefined || question.finding !== undefined) {
    const findings = question.status === undefined ? ` and ${body.findings_matching} findings` : '';
    return `${body.jobs_matching} jobs${findings} match; ${estate(body)}`;
  }
  return [health(scope, body), estate(body), malware(body), empty(scope, body)].filter(Boolean).join(' ');
}

function health({ runs }: HealthScope, { overall_health, per_source }: Partial<HealthAnswer>): string {
  if (per_source)
    return `${sourcesShown(per_source.length, runs.length)}, each with its own score; scores of different sources are not merged.`;
  if (!overall_health) return 'The score is not known.';
  const { score, score_low, score_high, grade, risk_level } = overall_health;
  return `Health ${score} of 100 (range ${score_low} to ${score_high}), grade ${grade}, risk ${risk_level}.`;
}

function estate({ jobs_enabled = 0, jobs_problem = 0, jobs_by_status = {} }: Partial<HealthAnswer>): string {
  const problems = Object.entries(jobs_by_status).filter(
    ([status]) => status !== 'OK' && status !== 'DISABLED',
  );
  const list = problems.map(([status, count]) => `${count} ${status}`).join(', ');
  return `${jobs_problem} of ${jobs_enabled} enabled jobs need attention${list ? `: ${list}` : ''}.`;
}

function malware({ findings_by_kind: { MALWARE_DETECTED: count = 0 } = {} }: Partial<HealthAnswer>): string {
  return count > 0 ? `Malware events name ${count} machines (MALWARE_DETECTED).` : '';
}

function empty(
  { runs: [run], completeness }: HealthScope,
  { jobs_by_status = {} }: Partial<HealthAnswer>,
): string {
  if (Object.keys(jobs_by_status).length > 0 || !run) return '';
  return sawNone(completeness, ['jobs'], 'job');
}
