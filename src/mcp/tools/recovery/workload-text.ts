import { renderBase } from '../../answer.ts';
import { paragraphs } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { immutability, renderLists } from './lists-text.ts';
import type { PointAnswer, RecoveryAnswer, WorkloadCard } from './shape.ts';

/** The card of a workload as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderWorkload(answer: RecoveryAnswer, card: WorkloadCard): string {
  const tier = card.tier === null ? 'no tier set' : `tier ${card.tier} ${card.tier_basis}`;
  const size =
    card.size_display === null ? 'size not known' : `${card.size_display} (${card.size_bytes} bytes)`;
  const platform = card.platform === null ? '' : `${quoteCell(card.platform)}, `;
  return paragraphs([
    `Workload ${quoteCell(card.workload_name)} (${platform}id ${quoteCell(card.workload_id)}, ${tier}, ${size})`,
    answer.summary,
    `As of ${answer.as_of}. ${card.restore_in_words}`,
    renderPoints(card),
    renderFacts(card),
    renderProtections(card),
    renderLists(answer),
    renderBase(answer),
  ]);
}

function renderPoints({ points: { safe, why_not_safe, newest_clean, newest } }: WorkloadCard): string {
  const proof = safe?.proof;
  return [
    'Restore points:',
    safe
      ? `- safe (clean and verified): ${describe(safe)}; proof: ${wordCell(proof?.kind ?? 'UNKNOWN')} of ${proof?.verified_at ?? 'an unknown time'}, ${wordCell(proof?.scope ?? 'UNKNOWN')}${proof?.reason ? ` (${quoteCell(proof.reason, 200)})` : ''}, trial ${quoteCell(proof?.trial_id ?? 'not known')}; clean by ${wordCell(proof?.clean_by ?? 'UNKNOWN')}`
      : `- safe (clean and verified): none${why_not_safe ? `, ${why_not_safe}` : ''}`,
    `- newest clean: ${newest_clean ? describe(newest_clean) : 'none is known to be clean'}`,
    `- newest usable: ${newest ? describe(newest) : 'none'}`,
  ].join('\n');
}

function describe({ point_id, created_at, age_hours, malware_status, repository_name }: PointAnswer): string {
  const where = repository_name === null ? '' : ` in ${quoteCell(repository_name)}`;
  const malware = malware_status === null ? 'malware status not said' : wordCell(malware_status);
  return `${created_at ?? 'time not known'}, ${age_hours ?? 'unknown'} h old, ${malware}${where}, id ${quoteCell(point_id)}`;
}

/** A vault starts no machine to try it; one that a server protects too may have been started there. */
const verifications = ({ source_id, verifications: all, verifications_ok: ok }: WorkloadCard) =>
  isVault(source_id) && all === 0 ? '' : `; SureBackups: ${ok} of ${all} passed`;

function renderFacts(card: WorkloadCard): string {
  const { q50_range_95: q50, q90_range_95: q90, next_test: test } = card;
  const lines = [
    `- restores: ${card.restores_ok} of ${card.restores} came back, ${card.restores_failed} failed${verifications(card)}`,
    `- last test: ${card.last_test_at === null ? 'never' : `${card.last_test_at} ${wordCell(card.last_test_class ?? '')}`} (${card.recency})`,
    card.last_failure_at === null
      ? ''
      : `- last failure: ${card.last_failure_at}${card.last_failure_reason ? `, ${quoteCell(card.last_failure_reason, 300)}` : ''}`,
    q50.low === null && q50.high === null
      ? ''
      : `- ranges of the restore time: half ${bounds(q50)}, nine of ten ${bounds(q90)} minutes; basis ${card.quantile_basis}`,
    card.max_guarantee === null
      ? ''
      : `- the longest of its own restores covers nine of ten future ones with probability ${card.max_guarantee}`,
    card.gib_per_minute === null
      ? ''
      : `- speed: ${card.overhead_minutes ?? 'an unknown number of'} minutes, then ${card.gib_per_minute} GiB a minute (${card.rate_basis})`,
    card.breached_share_30_days === null
      ? ''
      : `- share of the last month in which its newest point was older than the RPO: ${card.breached_share_30_days}`,
    card.restore_points === 0
      ? ''
      : `- immutable until: ${immutability(card)} (${card.immutable_basis === 'EXPIRY' ? 'the vault is locked, they stay until they expire' : 'an estimate from the days of the repository'})`,
    card.replicas > 0 ? `- replicas: ${card.replicas}, newest point ${card.newest_replica_at ?? 'none'}` : '',
    card.hidden_by_job ? `- breach hidden by job ${quoteCell(card.hidden_by_job)}, which ended well` : '',
    test
      ? `- next test: rank ${test.rank}; a passed restore lowers P(fails) from ${test.failure_now ?? 'not known'} to ${test.failure_after_pass ?? 'not known'}, benefit ${test.benefit ?? 'not known'}`
      : '- next test: none needed now',
    `- grade ${wordCell(card.grade)}, score ${card.confidence_score ?? 'not known'} (${card.confidence_range.low ?? 'not known'} to ${card.confidence_range.high ?? 'not known'})`,
    card.job_names.length > 0 ? `- jobs: ${card.job_names.map((name) => quoteCell(name)).join(' ')}` : '',
    card.reasons.length > 0 ? `- reasons: ${card.reasons.map((one) => quoteCell(one, 160)).join(' ')}` : '',
  ];
  return lines.filter(Boolean).join('\n');
}

function renderProtections({ other_protections = [], listed_with }: WorkloadCard): string {
  const home = listed_with === undefined ? [] : [`- listed and counted with ${quoteCell(listed_with)}`];
  const lines = other_protections.map(
    (one) =>
      `- ${quoteCell(one.source_id)}: ${quoteCell(one.workload_name)}, id ${quoteCell(one.workload_id)}, the same by ${wordCell(one.basis)} (${one.probability ?? 'not known'}); RPO ${wordCell(one.rpo_status)}, newest point ${one.newest_point_at ?? 'none'}, ${one.age_hours ?? 'unknown'} h old${one.stale ? ', STALE' : ''}`,
  );
  if (lines.length + home.length === 0) return '';
  return ['Also protected by other sources, whose points and tests count here:', ...lines, ...home].join(
    '\n',
  );
}

const bounds = ({ low, high }: { low: number | null; high: number | null }) =>
  `${low ?? 'not known'} to ${high ?? 'not known'}`;
