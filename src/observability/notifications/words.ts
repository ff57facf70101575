import { type Content, countAll, type Entry } from './content.ts';

/** An entry in words: a heading, and facts with their labels. Texts are not escaped yet. */
export type Worded = { heading: string; facts: [label: string, value: string][] };

/** The first line of a message. */
export function titleOf(content: Content): string {
  const [only] = content.entries;
  if (content.kind === 'test') return 'Test message of dr365: this webhook works';
  if (content.kind !== 'summary' && only) return wordsOf(only).heading;
  const { critical, stale, recovered } = countAll(content);
  return [
    many(critical, 'critical risk', 'critical risks'),
    many(stale, 'source is late', 'sources are late'),
    many(recovered, 'source is read again', 'sources are read again'),
  ]
    .filter(Boolean)
    .join(', ');
}

/** What is not told one by one; empty: all is. */
export function restOf({ more, isRefused }: Content): string {
  if (isRefused)
    return 'This receiver refused the message that said which: ask analyze_risks and get_data_freshness.';
  const parts = [
    many(more.critical, 'critical risk', 'critical risks'),
    many(more.stale, 'late source', 'late sources'),
    many(more.recovered, 'source that is read again', 'sources that are read again'),
  ].filter(Boolean);
  return parts.length > 0 ? `And ${parts.join(', ')} more: ask analyze_risks and get_data_freshness.` : '';
}

const many = (count: number, one: string, more: string) =>
  count === 0 ? '' : `${count} ${count === 1 ? one : more}`;

export function wordsOf(entry: Entry): Worded {
  if (entry.kind === 'critical') return ofCritical(entry);
  if (entry.kind === 'stale') return ofStale(entry);
  return {
    heading: `Source ${entry.source} is read again`,
    facts: [['Was late since', minute(entry.lateSince)]],
  };
}

function ofCritical(entry: Extract<Entry, { kind: 'critical' }>): Worded {
  const range = `${whole(entry.score)} of 100, range ${whole(entry.scoreLow)} to ${whole(entry.scoreHigh)}`;
  const basis = entry.isMeasured
    ? entry.assumedPoints >= 1
      ? `${whole(entry.assumedPoints)} points of it are assumed, as they could not be measured`
      : ''
    : 'nothing of it could be measured: it is assumed';
  return {
    heading: `New critical risk: ${entry.what} ${entry.name}`,
    facts: facts([
      ['Level', `CRITICAL, ${range}`],
      ['Basis', basis],
      ['Source', entry.source],
      ['Since', entry.since ? minute(entry.since) : 'not known'],
      ['Why', entry.because.join('; ')],
      ['Affects', entry.affectedMachines > 1 ? `${entry.affectedMachines} machines` : ''],
      ['Tier', entry.tier === null ? '' : String(entry.tier)],
      ['Do first', entry.first ? (entry.first.step ?? entry.first.plan) : 'there is no plan for it yet'],
      ['Plan', entry.first?.plan ?? ''],
      ['As of', minute(entry.asOf)],
    ]),
  };
}

function ofStale({ source, workers, lastReadAt, reason }: Extract<Entry, { kind: 'stale' }>): Worded {
  return {
    heading: `Source ${source} is late: what is said of it may be out of date`,
    facts: facts([
      ['Late', workers.join(', ')],
      ['Last read', lastReadAt ? minute(lastReadAt) : 'never: nothing of it could be measured yet'],
      ['Why', reason ?? 'no run has ended lately: see whether the workers run'],
      ['Do first', 'dr365 doctor says which setting, right or connection is at fault'],
    ]),
  };
}

const facts = (all: Worded['facts']): Worded['facts'] => all.filter(([, value]) => value !== '');
const whole = (value: number) => String(Math.round(value));
/** 2026-11-21 20:15 UTC */
export const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
