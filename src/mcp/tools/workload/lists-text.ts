import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { WorkloadAnswer } from './shape.ts';

type Cell = string | number | null;
const quoted = (text: string | null): Cell => (text === null ? null : quoteCell(text));
const word = (text: string | null): Cell => (text === null ? null : wordCell(text));

/** The lists about a machine as tables; with several protections each row names its source. */
export function renderMachineLists(answer: WorkloadAnswer, isSeveral: boolean): string {
  const list = <Row extends { source_id: string }>(
    title: string,
    rows: Row[] | undefined,
    columns: string[],
    cells: (row: Row) => Cell[],
  ) => {
    if (!rows || rows.length === 0) return '';
    const whose = (row: Row) => (isSeveral ? [quoteCell(row.source_id)] : []);
    const shown = rows.map((row) => [...whose(row), ...cells(row)]);
    return `${title}:\n${table([...(isSeveral ? ['source'] : []), ...columns], shown)}`;
  };
  const { jobs, places, backups, malware_events, anomalies, plans } = answer;
  return paragraphs([
    list(
      'Malware events that name it',
      malware_events,
      ['detected', 'type', 'severity', 'state', 'engine', 'matched by', 'event'],
      (row) => [
        row.detected_at,
        wordCell(row.type),
        word(row.severity),
        word(row.state),
        quoted(row.engine),
        row.matched_by,
        quoteCell(row.event_id),
      ],
    ),
    list(
      'Unusual backups that are open',
      anomalies,
      ['at', 'type', 'job', 'score', 'malware', 'confirmed', 'id'],
      (row) => [
        row.happened_at,
        row.type,
        quoteCell(row.job_name),
        row.score,
        word(row.malware_status),
        row.confirmed_at,
        quoteCell(row.anomaly_id),
      ],
    ),
    list(
      'Jobs',
      jobs,
      ['job', 'id', 'status', 'failures in a row', 'since', 'cause', 'reason', 'last good end'],
      (row) => [
        quoted(row.job_name),
        quoteCell(row.job_id),
        row.status,
        row.failure_streak,
        row.failing_since,
        word(row.cause),
        quoted(row.reason),
        row.last_good_end,
      ],
    ),
    list(
      'Places',
      places,
      [
        'place',
        'id',
        'kind',
        'copy',
        'points',
        'newest',
        'age h',
        'RPO',
        'malware',
        'immutable until (estimate)',
      ],
      (row) => [
        quoted(row.location_name),
        quoteCell(row.location_id),
        [row.kind, ...(row.repository_type === null ? [] : [wordCell(row.repository_type)])].join(' '),
        row.is_copy === null ? null : row.is_copy ? 'yes' : 'no',
        row.points,
        row.newest_point_at,
        row.age_hours,
        row.rpo_status,
        word(row.malware_status),
        row.immutable_until_estimated ?? word(row.immutable_basis),
      ],
    ),
    list('Backups', backups, ['backup', 'id', 'job', 'repository', 'points', 'last run failed'], (row) => [
      quoteCell(row.backup_name),
      quoteCell(row.backup_id),
      quoted(row.job_id),
      quoted(row.repository_name),
      row.restore_points,
      row.last_run_failed === null ? null : row.last_run_failed ? 'yes' : 'no',
    ]),
    list('Open plans', plans, ['plan', 'urgency', 'type', 'status', 'rank', 'about', 'title'], (row) => [
      quoteCell(row.plan_id, 250),
      row.urgency,
      row.risk_type,
      row.status,
      row.rank,
      row.about,
      quoteCell(row.title, 160),
    ]),
  ]);
}
