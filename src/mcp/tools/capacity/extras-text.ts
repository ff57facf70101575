import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { CapacityAnswer } from './shape.ts';

/** The lists that were asked for, as compact markdown. */
export function renderExtras(answer: CapacityAnswer): string {
  return paragraphs([
    renderEvents(answer),
    renderAttribution(answer),
    renderLedger(answer),
    renderAccuracy(answer),
    renderHistory(answer),
  ]);
}

/** Which repository a row is about, where it is not the one of the answer. */
const whose = (
  { repository }: CapacityAnswer,
  { repository_id, repository_name }: { repository_id: string; repository_name?: string | undefined },
) => (repository ? [] : [quoteCell(repository_name ?? repository_id)]);
const column = ({ repository }: CapacityAnswer) => (repository ? [] : ['repository']);

function renderEvents(answer: CapacityAnswer): string {
  const { events } = answer;
  if (!events) return '';
  if (events.length === 0) return 'Events: none found in the history.';
  const rows = events.map((event) => [
    ...whose(answer, event),
    event.day,
    event.kind,
    event.display,
    event.days,
  ]);
  return `Events, newest first:\n${table([...column(answer), 'day', 'kind', 'bytes', 'days'], rows)}`;
}

function renderAttribution(answer: CapacityAnswer): string {
  const { attribution, attribution_totals = [] } = answer;
  if (!attribution) return '';
  const totals = attribution_totals.map(
    ({ period_days, since, until, total_bytes, jobs_bytes, other_data_bytes, display, reason }) =>
      `- ${period_days} days (${since} to ${until}): ${
        display === null
          ? `change of use not known${reason ? ` (${wordCell(reason)})` : ''}, backups ${jobs_bytes} bytes`
          : `${display} = ${total_bytes} bytes: backups ${jobs_bytes}, other data ${other_data_bytes ?? 'not known'}`
      }`,
  );
  const rows = attribution.map((row) => [
    ...whose(answer, row),
    row.kind,
    row.name === null ? 'no job' : quoteCell(row.name),
    row.delta_30_days_display,
    row.delta_7_days_display,
  ]);
  const head = [...column(answer), 'what', 'name', 'in a month', 'in a week'];
  return paragraphs([
    totals.length > 0 ? ['Who filled it:', ...totals].join('\n') : '',
    rows.length > 0 ? `Largest changes of stored bytes:\n${table(head, rows)}` : '',
  ]);
}

function renderLedger(answer: CapacityAnswer): string {
  const { ledger, ledger_summary: sum } = answer;
  if (!ledger) return '';
  const rows = ledger.map((row) => [
    ...whose(answer, row),
    row.release_on ?? 'no day',
    row.display,
    row.basis,
    row.job_name === null ? 'no job' : quoteCell(row.job_name),
    row.held_until,
    row.files,
  ]);
  const head = [...column(answer), 'released on', 'bytes', 'kept by', 'job', 'immutable until', 'files'];
  return paragraphs([
    sum
      ? `What frees itself (estimate): within 7 days from ${sum.counted_from} ${sum.within_7_days_display} (${sum.within_7_days_bytes} bytes), within 30 days ${sum.within_30_days_bytes}; overdue ${sum.overdue_bytes}; held by immutability ${sum.held_by_immutability_bytes}; without a day ${sum.without_date_bytes} (active chains ${sum.active_chain_bytes}, no job ${sum.no_job_bytes}, retention not known ${sum.unknown_retention_bytes}); stored ${sum.stored_bytes} bytes in all.`
      : '',
    rows.length > 0 ? `Releases, soonest first:\n${table(head, rows)}` : '',
  ]);
}

function renderAccuracy(answer: CapacityAnswer): string {
  const { accuracy } = answer;
  if (!accuracy || accuracy.length === 0) return '';
  const rows = accuracy.map((row) => [
    ...whose(answer, row),
    row.made_on,
    row.ahead_days,
    row.target_on,
    row.inside === null ? 'no reading' : row.inside ? 'inside' : 'outside',
    row.display,
  ]);
  const head = [...column(answer), 'made on', 'days ahead', 'for', 'band', 'actual less forecast'];
  return `Earlier forecasts, newest day first:\n${table(head, rows)}`;
}

function renderHistory({ history, history_step_days }: CapacityAnswer): string {
  if (!history || history.length === 0) return '';
  const rows = history.map(({ day, display, utilization_pct, offline }) => [
    day,
    display,
    utilization_pct,
    offline ? 'offline' : null,
  ]);
  return `Use, a row every ${history_step_days} days, newest first:\n${table(['day', 'used', '%', ''], rows)}`;
}
