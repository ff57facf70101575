import { type AnswerBase, type SourceFreshness, sawNone } from '../../answer.ts';
import { sum } from '../../tally.ts';
import { sizeText } from '../capacity/sizes.ts';
import type { Body, Given } from './assemble.ts';
import type { EfficiencyScope } from './efficiency-scope.ts';
import { isMarked, malwareText } from './malware.ts';
import type { JobCard } from './shape.ts';

/** The answer in a few sentences of our own words and numbers that stand in the fields too. */
export function summarise(
  { question, page, sources, completeness }: EfficiencyScope,
  { about }: Given,
  body: Body,
): string {
  if (page) return `Next rows of ${listsOf(body)}.`;
  const jobs = body.jobs_matching;
  const start = !about.isAll && jobs !== undefined ? `${jobs} jobs match. ` : '';
  const parts = [
    staleFiles(body, sources),
    question.changes === undefined ? '' : changed(body),
    start + estate(body, completeness),
    reclaimable(body),
    anomalies(body),
    malwareText(body.estate?.malware),
  ];
  return parts.filter(Boolean).join(' ');
}

function listsOf(body: Body): string {
  const lists = ['jobs', 'anomalies', 'reclaimable', 'repositories', 'changes'] as const;
  return lists.filter((list) => body[list]?.length).join(', ') || 'no list: it is at its end';
}

/** A fresh run may rest on files that were read long ago. */
function staleFiles({ per_source = [] }: Body, sources: SourceFreshness[]): string {
  const old = per_source.filter(({ source_id, files_age_hours: age }) => {
    const run = sources.find((source) => source.source_id === source_id);
    // Of a stale run that is said already.
    return run && !run.stale && age !== null && age > Math.max(run.stale_after_hours, LEAST_STALE_HOURS);
  });
  const [first] = old;
  if (!first) return '';
  return per_source.length === 1
    ? `STALE: the files of some backup were read last ${first.files_age_hours} h ago.`
    : `STALE: files of ${old.length} of ${per_source.length} sources were read too long ago.`;
}

/** Files are read once a day at most, however often the worker runs. */
const LEAST_STALE_HOURS = 53;

function estate({ estate: all, job }: Body, completeness: AnswerBase['completeness']): string {
  if (!all || job) return '';
  if (all.total_jobs === 0) return sawNone(completeness, ['backups'], 'backup');
  const vaults =
    all.vaults === undefined
      ? ''
      : ` ${all.vaults} vaults store ${all.vault_bytes == null ? 'an unknown number of bytes' : sizeText(all.vault_bytes)}; of their single items Azure Backup tells no bytes.`;
  if (all.vaults !== undefined && all.factor === null && all.stored_bytes === null)
    return `The reduction of ${all.total_jobs} items is not measurable.${vaults}`;
  const hidden = all.not_measurable > 0 ? `, ${all.not_measurable} of them not measurable` : '';
  const known =
    all.factor === null
      ? 'the reduction of none is known'
      : `${all.display}, factor ${all.factor}${all.score === null ? '' : `, score ${all.score} of 100 against their peers`}`;
  return `${all.total_jobs} jobs${hidden}: ${known}.${vaults}`;
}

function reclaimable({ estate: all, price, reclaimable_total: total }: Body): string {
  if (!all || all.total_jobs === 0) return '';
  const items = sum(Object.values(all.reclaimable.by_category).map(({ items: count }) => count));
  if (all.reclaimable.bytes === null)
    return items > 0
      ? `${items} items are kept without need, it seems; how many bytes that would give back is not known.`
      : all.stored_bytes === null && all.vaults !== undefined
        ? 'Nothing is kept there that is known to be without need.'
        : 'What could be had back is not known.';
  const own =
    total && total.counted_bytes !== all.reclaimable.bytes ? ` (what matches: ${total.display})` : '';
  return `To be had back, no byte twice: ${all.reclaimable.display}${priced(price)}${own}.`;
}

function anomalies({ estate: all }: Body): string {
  if (!all || all.total_jobs === 0) return '';
  if (all.open_anomalies === null) return 'Whether backups are unusual is not known.';
  const suspects = all.anomalies_by_type.ENTROPY_SUSPECT ?? { open: 0, resolved: 0 };
  const look =
    suspects.open + suspects.resolved > 0
      ? `; ${suspects.open} open and ${suspects.resolved} resolved look like encryption`
      : isMarked(all.malware)
        ? '; none by its reduction alone, which rules nothing out'
        : '; none looks like encryption';
  return `${all.open_anomalies} open anomalies${look}.`;
}

function changed({ comparison, changes = [] }: Body): string {
  const [first] = comparison?.compared ?? [];
  if (!comparison || !first) return 'There is no earlier run to compare with.';
  const since =
    comparison.compared.length === 1
      ? `Since the run of ${first.at} (${first.days} days)`
      : `Since the earlier runs of ${comparison.compared.length} sources`;
  const factor =
    comparison.before.factor === null || comparison.now.factor === null
      ? ''
      : `: factor ${comparison.before.factor}, now ${comparison.now.factor}`;
  const effect =
    changes.length === 0 || comparison.extra_display === null
      ? '; no job is comparable'
      : `; other reduction takes ${comparison.extra_display}`;
  return `${since}${factor}${effect}.`;
}

/** One job in a few sentences. */
export function summariseCard(card: JobCard, body: Body): string {
  const { combined_efficiency: own, trend, open_anomalies: open } = card;
  const reduction =
    own.factor === null
      ? 'Its reduction cannot be measured'
      : `Factor ${own.factor}, score ${own.score ?? 'not known'} of 100 (${own.rating})`;
  const change = trend.percent_per_30_days === null ? '' : ` (${trend.percent_per_30_days} % in 30 days)`;
  const unusual = open === null ? 'Whether it is unusual is not known.' : `${open} open anomalies.`;
  const since = body.changes === undefined ? '' : changed(body);
  return [`${reduction}; trend ${trend.classification}${change}.`, wasted(card, body), unusual, since]
    .filter(Boolean)
    .join(' ');
}

function wasted(
  { optimization: { waste_bytes: bytes, waste_annual_cost: cost } }: JobCard,
  body: Body,
): string {
  if (bytes === null) return 'What it could give back is not known.';
  const money =
    cost === null || !body.price ? '' : `, ${cost} ${body.price.currency} a year${priced(body.price)}`;
  return `It could give back ${sizeText(bytes)}${money}.`;
}

function priced(price: Body['price']): string {
  if (!price) return '';
  const which = price.basis === 'DEFAULT' ? 'the default price, which nobody has set, of' : 'the price of';
  return ` at ${which} ${price.per_tb_year} ${price.currency} per TB and year`;
}
