import { renderBase } from '../../answer.ts';
import { paragraphs } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { renderMachineLists } from './lists-text.ts';
import type { Protection, WorkloadAnswer } from './shape.ts';

/** A machine as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderMachine(answer: WorkloadAnswer, isDetailed: boolean): string {
  const { protections = [] } = answer;
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    ...protections.map((one) => renderProtection(one, isDetailed)),
    renderMaybe(answer),
    renderMachineLists(answer, protections.length > 1),
    renderBase(answer),
  ]);
}

type Point = NonNullable<NonNullable<Protection['points']>['newest']>;

const RELATIONS: Record<Protection['relation'], string> = {
  ASKED: '',
  SAME_MACHINE: 'another protection of the same machine, ',
  SAME_NAME: 'the same name in another place, not shown to be the same machine, ',
};

function renderMaybe({ maybe_same = [] }: WorkloadAnswer): string {
  if (maybe_same.length === 0) return '';
  const lines = maybe_same.map(
    (one) =>
      `- ${one.other_name === null ? '' : `${quoteCell(one.other_name)}, `}id ${quoteCell(one.other_workload_id)} in ${quoteCell(one.other_source_id)}: probability ${one.probability} by ${one.basis}, with ${quoteCell(one.workload_id)}`,
  );
  return ['May be the same machine, not sure enough to count as one:', ...lines].join('\n');
}

function renderProtection(one: Protection, isDetailed: boolean): string {
  const tier = one.tier === null ? 'no tier set' : `tier ${one.tier} ${one.tier_basis}`;
  const size = one.size_display === null ? 'size not known' : `${one.size_display} (${one.size_bytes} bytes)`;
  const platform = one.platform === null ? '' : `${quoteCell(one.platform)}, `;
  const head = `${quoteCell(one.workload_name)} in ${wordCell(one.source_kind)} source ${quoteCell(one.source_name)} (${platform}id ${quoteCell(one.workload_id)}, ${tier}, ${size}), ${RELATIONS[one.relation]}known since ${one.first_seen_at}${one.gone_at === null ? '' : `, GONE since ${one.gone_at}`}`;
  return [
    head,
    ...(one.other_sources?.length
      ? [
          `- ${one.is_home ? 'listed here; ' : ''}also protected in ${one.other_sources.map((id) => quoteCell(id)).join(' ')}: what follows counts their points and tests too`,
        ]
      : []),
    ...(one.deleted
      ? [`- deleted, restorable by undelete until ${one.deleted.until ?? 'a time that Azure does not say'}`]
      : []),
    ...renderTargets(one),
    ...renderPoints(one),
    ...renderRisk(one),
    ...(isDetailed && one.reasons?.length
      ? [`- reasons: ${one.reasons.map((reason) => quoteCell(reason, 160)).join(' ')}`]
      : []),
  ].join('\n');
}

function renderTargets({ source_id, rpo, rto, tests, concluded_at }: Protection): string[] {
  if (!rpo || !rto || !tests) return [];
  const { p_in_time: p } = rto;
  return [
    `- RPO ${rpo.status}: target ${rpo.target_hours} h (${rpo.target_basis}), newest usable point ${rpo.newest_point_at ?? 'none'}, ${rpo.age_hours ?? 'unknown'} h old at ${concluded_at ?? 'an unknown time'}; ${rpo.restore_points} points${rpo.breached_share_30_days === null ? '' : `; share of the last month beyond the target ${rpo.breached_share_30_days}`}${rpo.hidden_by_job === null ? '' : `; hidden by job ${quoteCell(rpo.hidden_by_job)}, which ended well`}`,
    `- restore ${rto.status}: target ${rto.target_minutes} minutes (${rto.target_basis}); in time with probability ${p.mean ?? 'not known'} (${p.low ?? 'not known'} to ${p.high ?? 'not known'}, ${rto.basis}); half back ${minutes(rto.q50_minutes, rto.q50_range_95, 'NOT_KNOWN')}, nine of ten ${minutes(rto.q90_minutes, rto.q90_range_95, rto.q90_status)} (${rto.quantile_basis})`,
    `- tests: last ${tests.last_test_at === null ? 'never' : `${tests.last_test_at} ${wordCell(tests.last_test_class ?? 'UNKNOWN')}`} (${tests.recency}); ${tests.restores_ok} of ${tests.restores} restores came back${isVault(source_id) && tests.verifications === 0 ? '' : `, ${tests.verifications_ok} of ${tests.verifications} SureBackups passed`}${tests.last_failure_at === null ? '' : `; last failure ${tests.last_failure_at}${tests.last_failure_reason ? ` ${quoteCell(tests.last_failure_reason, 300)}` : ''}`}`,
  ];
}

function minutes(
  value: number | null,
  { low, high }: { low: number | null; high: number | null },
  otherwise: string,
): string {
  if (value === null) return otherwise;
  const range = low === null && high === null ? '' : ` (${low ?? 'not known'} to ${high ?? 'not known'})`;
  return `within ${value}${range} minutes`;
}

function renderPoints({ points }: Protection): string[] {
  if (!points) return [];
  const { safe, why_not_safe, newest_clean, newest } = points;
  const proof = safe?.proof;
  return [
    safe
      ? `- last safe point (clean and verified): ${describe(safe)}; proof ${wordCell(proof?.kind ?? 'UNKNOWN')} of ${proof?.verified_at ?? 'an unknown time'}, ${wordCell(proof?.scope ?? 'UNKNOWN')}, trial ${quoteCell(proof?.trial_id ?? 'not known')}, clean by ${wordCell(proof?.clean_by ?? 'UNKNOWN')}`
      : `- last safe point (clean and verified): none${why_not_safe ? `, ${why_not_safe}` : ''}`,
    `- last clean point: ${newest_clean ? describe(newest_clean) : 'none is known to be clean'}`,
    `- newest usable point: ${newest ? describe(newest) : 'none'}`,
  ];
}

function describe({ point_id, created_at, age_hours, malware_status, repository_name }: Point): string {
  const where = repository_name === null ? '' : ` in ${quoteCell(repository_name)}`;
  const malware = malware_status === null ? 'malware status not said' : wordCell(malware_status);
  return `${created_at ?? 'time not known'}, ${age_hours ?? 'unknown'} h old, ${malware}${where}, id ${quoteCell(point_id)}`;
}

function renderRisk({ risk, compliance }: Protection): string[] {
  const hazards = (risk?.hazards ?? []).map(
    ({ hazard, points, q, q_low, q_high, basis }) =>
      `${hazard} ${points} points (p ${q}, ${q_low} to ${q_high}, ${basis})`,
  );
  return [
    ...(risk
      ? [
          `- risk ${risk.category}: ${risk.score} (${risk.score_low} to ${risk.score_high}), priority ${risk.priority}, item ${quoteCell(risk.item_id, 150)}${risk.flags.length > 0 ? `, ${risk.flags.map(wordCell).join(' ')}` : ''}${hazards.length > 0 ? `: ${hazards.join('; ')}` : ''}${risk.part_of.length > 0 ? `; part of ${risk.part_of.map((item) => quoteCell(item, 150)).join(' ')}` : ''}`,
          ...(risk.reasons.length > 0
            ? [`- feared because: ${risk.reasons.map((reason) => quoteCell(reason, 200)).join(' ')}`]
            : []),
        ]
      : []),
    ...(compliance
      ? [
          `- rule of 3-2-1-1-0 ${compliance.verdict}: copies ${compliance.copies}, media ${compliance.media}, off-site ${compliance.offsite}, immutable ${compliance.immutable}, zero errors ${compliance.zero_errors}${compliance.first_expires_at === null ? '' : `; first proof expires ${compliance.first_expires_at}`}${compliance.why.length > 0 ? `; ${compliance.why.map((why) => quoteCell(why, 150)).join(' ')}` : ''}`,
        ]
      : []),
  ];
}
