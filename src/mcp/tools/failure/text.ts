import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { AroundRow, FailureAnswer } from './shape.ts';

type Cell = string | number | null;
const quoted = (text: string | null, longest?: number): Cell =>
  text === null ? null : quoteCell(text, longest);
const yes = (value: boolean | null): Cell => (value === null ? null : value ? 'yes' : 'no');

/** The explanation as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderFailure(answer: FailureAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderSubject(answer),
    renderReason(answer),
    renderAzure(answer),
    renderAttempts(answer),
    renderObjects(answer),
    renderIncident(answer),
    renderSuspects(answer),
    renderAround('Failed too at that time', answer.also_failed),
    renderAround('Ran well at that time on the same repository or host', answer.ran_well),
    renderPlans(answer),
    renderBase(answer),
  ]);
}

function renderSubject({ job, machine, run }: FailureAnswer): string {
  const lines: string[] = [];
  if (machine) {
    const jobs = machine.jobs.map(
      ({ job_name, status, last_failed_at }) =>
        `${quoteCell(job_name)} ${status}${last_failed_at ? `, last failed ${last_failed_at}` : ''}`,
    );
    lines.push(
      `Machine ${quoteCell(machine.workload_name)} (id ${quoteCell(machine.workload_id)}), in jobs: ${jobs.join('; ')}`,
    );
  }
  if (job) {
    const where = job.repository_name === null ? '' : `, writes to ${quoteCell(job.repository_name)}`;
    const enabled = job.enabled === null ? '' : job.enabled ? ', enabled' : ', disabled';
    lines.push(
      `Job ${quoteCell(job.job_name)} (${quoteCell(job.job_type)}, id ${quoteCell(job.job_id)}, source ${quoteCell(job.source_id)}): ${job.status}${enabled}${where}; last good run ${quoted(job.last_good_run_id) ?? 'not known'} ended ${job.last_good_end ?? 'at an unknown time'}`,
    );
  }
  if (run)
    lines.push(
      `Run ${quoteCell(run.run_id)} (${run.session_class}): ${run.outcome}, ${run.started_at} to ${run.ended_at ?? 'an unknown end'}, ${run.duration_minutes ?? 'unknown'} minutes, ${run.attempts} attempts${run.made_good_at ? `, made good ${run.made_good_at}` : ''}`,
    );
  return lines.join('\n');
}

function renderReason({ reason, same_reason: same }: FailureAnswer): string {
  if (!reason) return '';
  const said = reason.text === null ? 'none given' : quoteCell(reason.text, 600);
  const lines = [
    `Reason (${reason.basis}, session ${quoteCell(reason.session_id)}): ${said}`,
    `Cause ${wordCell(reason.cause)}${reason.cause_rule ? ` by rule ${reason.cause_rule}` : ''}${reason.fingerprint ? `, fingerprint ${quoteCell(reason.fingerprint)}` : ''}`,
  ];
  if (same) {
    const { this_job: own, other_jobs: others } = same;
    lines.push(
      `Same reason in ${same.window_days} days: here ${own.sessions} sessions, ${own.first_at ?? 'never'} to ${own.last_at ?? 'never'}; in ${others.jobs} other jobs ${others.sessions} sessions${others.first_at ? `, ${others.first_at} to ${others.last_at}` : ''}`,
    );
  }
  return lines.join('\n');
}

function renderAzure({ azure_errors: errors = [] }: FailureAnswer): string {
  if (errors.length === 0) return '';
  const lines = errors.flatMap(({ code, title, message, recommendations }) => [
    `- code ${quoted(code) ?? 'not given'}: ${quoted(title, 200) ?? 'no title'}${message === null ? '' : `; ${quoteCell(message, 400)}`}`,
    ...recommendations.map((text) => `  - recommended: ${quoteCell(text, 300)}`),
  ]);
  return ['What Azure says:', ...lines].join('\n');
}

function renderAttempts({ attempts = [] }: FailureAnswer): string {
  if (attempts.length === 0) return '';
  const rows = attempts.map((row) => [
    row.attempt,
    row.started_at,
    row.ended_at,
    row.outcome,
    row.cause === null ? null : wordCell(row.cause),
    row.same_reason === true ? 'the same' : quoted(row.reason, 140),
    row.basis,
    quoteCell(row.session_id),
  ]);
  return `Attempts:\n${table(['attempt', 'began', 'ended', 'outcome', 'cause', 'reason', 'from', 'session'], rows)}`;
}

function renderObjects({ failed_objects = [], log_lines = [] }: FailureAnswer): string {
  const objects = failed_objects.map((row) => [
    quoted(row.object_name),
    row.result === null ? null : wordCell(row.result),
    quoted(row.reason, 200),
    quoteCell(row.task_session_id),
  ]);
  const lines = log_lines.map(({ at, line }) => `- ${at ?? 'time not known'} ${quoteCell(line, 240)}`);
  return paragraphs([
    objects.length > 0
      ? `Objects that failed or warned in the last attempt:\n${table(['object', 'result', 'reason', 'task session'], objects)}`
      : '',
    lines.length > 0 ? ['Failed lines of the log:', ...lines].join('\n') : '',
  ]);
}

function renderIncident({ incident, at_that_time: then }: FailureAnswer): string {
  const lines: string[] = [];
  if (incident) {
    const { kind, name, lift } = incident.suspected_cause ?? {};
    const cause =
      typeof kind === 'string'
        ? `suspected ${wordCell(kind)} ${quoteCell(String(name ?? ''))}${typeof lift === 'number' ? `, lift ${lift}` : ''}`
        : 'nothing stands out as its cause';
    lines.push(
      `Incident ${quoteCell(incident.incident_id)}: ${incident.start} to ${incident.end}, ${incident.failed_jobs} of ${incident.active_jobs} jobs, chance ${incident.chance}; ${cause}`,
    );
  }
  if (then)
    lines.push(
      `Between ${then.from} and ${then.to}: ${then.others_failed} other jobs failed, ${then.others_well} ended well`,
    );
  return lines.join('\n');
}

function renderSuspects({ suspects = [] }: FailureAnswer): string {
  if (suspects.length === 0) return '';
  const rows = suspects.map((row) => [
    wordCell(row.kind),
    quoted(row.name) ?? quoteCell(row.id),
    row.basis.join(' '),
    row.state === null ? null : wordCell(row.state),
    row.others_failed,
    row.others_well,
    row.same_reason_elsewhere,
    row.speaks,
  ]);
  return `Suspects (others: jobs that ended then and use the same; of a host those in other repositories):\n${table(['kind', 'name', 'basis', 'state', 'others failed', 'others ran well', 'same reason elsewhere', 'speaks'], rows)}`;
}

function renderAround(title: string, rows: AroundRow[] = []): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => [
    quoteCell(row.job_name),
    quoteCell(row.job_id),
    row.ended_at,
    row.outcome,
    row.cause === null ? null : wordCell(row.cause),
    yes(row.same_repository),
    yes(row.same_host),
    yes(row.same_reason),
    yes(row.in_incident),
  ]);
  return `${title}:\n${table(['job', 'id', 'ended', 'outcome', 'cause', 'same repository', 'same host', 'same reason', 'in incident'], cells)}`;
}

function renderPlans({ plans = [] }: FailureAnswer): string {
  if (plans.length === 0) return '';
  const rows = plans.map((row) => [
    quoteCell(row.plan_id, 250),
    row.urgency,
    row.status,
    row.rank,
    quoteCell(row.title, 160),
  ]);
  return `Open plans:\n${table(['plan', 'urgency', 'status', 'rank', 'title'], rows)}`;
}
