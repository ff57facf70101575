import { cleanText } from '../mcp/untrusted.ts';
import type { DatabaseSize } from '../queries/size.ts';
import { ageText } from './doctor-check.ts';
import type { Status } from './status.ts';

type Worker = Status['workers'][number];
type Row = Worker['sources'][number];

/** Sources of one worker that are shown; those that are not well come first. */
const MOST = 25;

/** The status for a terminal. */
export function renderStatus(status: Status): string {
  const now = Date.parse(status.checkedAt);
  return [
    `dr365 status, ${minuteOf(status.checkedAt)}`,
    ...status.workers.flatMap((worker) => ['', ...toWorker(worker, now)]),
    '',
    'databases',
    ...status.databases.map(toSize),
    ...toRoom(status),
    '',
  ].join('\n');
}

function toWorker({ worker, next_slot_at, missed_slot_at, sources }: Worker, now: number): string[] {
  const next = next_slot_at
    ? `next ${minuteOf(next_slot_at)}, in ${ageText(Date.parse(next_slot_at) - now)}`
    : 'follows the others';
  if (sources.length === 0) return [`${worker}: never ran; ${next}`];
  const shown = sources.toSorted((left, right) => rank(left) - rank(right)).slice(0, MOST);
  const width = Math.min(40, Math.max(...shown.map(({ name }) => name.length)));
  const hidden = sources.length - shown.length;
  return [
    `${worker}: ${next}`,
    ...(missed_slot_at
      ? [`  nothing was run in the slot of ${minuteOf(missed_slot_at)}: does \`dr365 workers\` run?`]
      : []),
    ...shown.flatMap((row) => toRow(row, width, now)),
    ...(hidden > 0 ? [`  and ${hidden} more: --json shows all`] : []),
  ];
}

const minuteOf = (at: string) => `${at.slice(0, 16).replace('T', ' ')} UTC`;

const rank = ({ state }: Row) => ['failed', 'never_ran', 'stale', 'partial', 'fresh'].indexOf(state);

function toRow(row: Row, width: number, now: number): string[] {
  const { name, state, last_success_at, running_since, endpoints, endpoints_complete, last_run } = row;
  const since = (at: string) => ageText(now - Date.parse(at));
  const parts = [
    `  ${cleanText(name, width).padEnd(width)}`,
    state.replace('_', ' ').padEnd(9),
    last_success_at ? `last success ${since(last_success_at)} ago` : 'no success yet',
    ...(endpoints > 0 ? [`${endpoints_complete} of ${endpoints} endpoints complete`] : []),
    ...(running_since ? [`running for ${since(running_since)}`] : []),
  ];
  if (!last_run?.error) return [parts.join('  ')];
  const { code, meaning, message } = last_run.error;
  const why = cleanText(message ? `${code}: ${message}` : `${code}: ${meaning}`, 300);
  return [parts.join('  '), `      failed ${since(last_run.at ?? '')} ago: ${why}`];
}

function toSize({ database, bytes, growthBytesPerDay, sampledDays }: DatabaseSize): string {
  const growth =
    growthBytesPerDay === null
      ? `growth is known after some days of samples (${sampledDays} so far)`
      : `${growthBytesPerDay < 0 ? '-' : '+'}${toMiB(Math.abs(growthBytesPerDay))} a day`;
  return `  ${database}: ${toMiB(bytes)}, ${growth}`;
}

function toRoom({ freeBytes, monthsUntilFull }: Status): string[] {
  if (freeBytes === null) return [];
  const until = monthsUntilFull === null ? '' : `, enough for ${monthsUntilFull.toFixed(1)} months`;
  return [`  free on the disk: ${toMiB(freeBytes)}${until}`];
}

const toMiB = (bytes: number) =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
