import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { quoteCell } from '../../untrusted.ts';
import type { FindAnswer } from './shape.ts';

/** What was found as a table; names, ids and states stand in code spans. */
export function renderFound(answer: FindAnswer, isDetailed: boolean): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderRows(answer, isDetailed),
    renderNearest(answer),
    renderBase(answer),
  ]);
}

function renderRows({ found }: FindAnswer, isDetailed: boolean): string {
  const isJoined = found.some(({ also_in, maybe_same }) => also_in ?? maybe_same);
  const hasGone = isDetailed || found.some(({ gone_at }) => gone_at);
  const columns = ['kind', 'name', 'id', 'type', 'state', 'source', 'matched', 'ask next'];
  return table(
    [
      ...columns,
      ...(isJoined ? ['other protections'] : []),
      ...(isDetailed ? ['first seen'] : []),
      ...(hasGone ? ['gone since'] : []),
    ],
    found.map((row) => [
      row.kind,
      quoteCell(row.name),
      quoteCell(row.id),
      row.type === null ? null : quoteCell(row.type),
      quoteCell(row.state),
      quoteCell(row.source_id),
      row.matched,
      row.ask_next,
      ...(isJoined ? [otherProtections(row)] : []),
      ...(isDetailed ? [row.first_seen_at ?? null] : []),
      ...(hasGone ? [row.gone_at ?? null] : []),
    ]),
  );
}

function otherProtections({ also_in = [], maybe_same = [] }: FindAnswer['found'][number]): string | null {
  return (
    [
      ...also_in.map((id) => quoteCell(id)),
      ...maybe_same.map(
        ({ source_id, id, probability }) =>
          `maybe ${quoteCell(id)} in ${quoteCell(source_id)} (${probability})`,
      ),
    ].join(' ') || null
  );
}

function renderNearest({ nearest = [] }: FindAnswer): string {
  if (nearest.length === 0) return '';
  return [
    'The nearest names are:',
    ...nearest.map(
      ({ kind, name, id, source_id }) =>
        `- ${kind} ${quoteCell(name, 300)}, id ${quoteCell(id)}, source ${quoteCell(source_id)}`,
    ),
  ].join('\n');
}
