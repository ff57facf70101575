import { renderBase } from '../../answer.ts';
import { paragraphs, table } from '../../markdown.ts';
import { markedName } from '../../source-mark.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import { isVault } from '../../vaults.ts';
import { renderLists } from './lists-text.ts';
import type { RecoveryAnswer, WorkloadRow } from './shape.ts';

/** The workloads as compact markdown. Every number is one of the structured content, as it stands there. */
export function renderEstate(answer: RecoveryAnswer): string {
  return paragraphs([
    answer.summary,
    `As of ${answer.as_of}.`,
    renderTotals(answer),
    renderCoverage(answer),
    renderSources(answer),
    renderWorkloads(answer),
    renderLists(answer),
    renderBase(answer),
  ]);
}

function renderTotals({ estate, coverage, per_source, sources }: RecoveryAnswer): string {
  if (!estate || coverage?.workloads === 0) return '';
  const ofVaultsAlone = (per_source ?? sources).every(({ source_id }) => isVault(source_id));
  const grades = Object.entries(estate.grade_distribution).map(
    ([grade, count]) => `${count} ${wordCell(grade)}`,
  );
  return [
    `Grades: ${grades.join(', ') || 'none'}; mean score ${estate.overall_recovery_confidence_pct ?? 'not known'}`,
    `${estate.critical_issues_count} critical (grade D or F, or NON_COMPLIANT)`,
    ...(ofVaultsAlone
      ? []
      : [`${estate.surebackup_enabled_jobs} of ${estate.total_jobs_analyzed} jobs have SureBackups`]),
  ].join('; ');
}

function renderCoverage({ coverage }: RecoveryAnswer): string {
  if (!coverage || coverage.workloads === 0) return '';
  const { workloads, tested_90_days, passed_90_days, share, share_of_bytes, share_by_tier_weight } = coverage;
  const passed = passed_90_days === null ? '' : `, passed ${passed_90_days}`;
  const tiers = coverage.by_tier.map(
    (one) =>
      `${one.tier === null ? 'no tier' : `tier ${one.tier}`} ${one.tested_90_days} of ${one.workloads}${one.passed_90_days === null ? '' : ` (passed ${one.passed_90_days})`}`,
  );
  const recency = Object.entries(coverage.by_recency).map(([label, count]) => `${count} ${label}`);
  return [
    `Tested within ${coverage.within_days} days: ${tested_90_days} of ${workloads}${passed}; share ${share ?? 'not known'}, of bytes ${share_of_bytes ?? 'not known'}, by tier weight ${share_by_tier_weight ?? 'not known'}.`,
    `${tiers.join('; ')}. Last test: ${recency.join(', ')}.`,
  ].join(' ');
}

function renderSources({ per_source = [] }: RecoveryAnswer): string {
  const rows = per_source.map((one) => [
    markedName(one.source_name, one.data_state),
    quoteCell(one.source_id),
    one.concluded_at,
    one.run_id === null ? null : one.workloads,
    one.run_id === null ? null : one.never_tested,
    one.points_read_at ?? 'never',
    one.restores_read_at ?? 'never',
    one.targets_file ? 'yes' : 'none',
  ]);
  const columns = [
    'source',
    'id',
    'concluded (ages count to)',
    'workloads',
    'never tested',
    'points read',
    'restores read',
    'targets file',
  ];
  return table(columns, rows);
}

function renderWorkloads({ sources, workloads = [], workloads_matching }: RecoveryAnswer): string {
  if (workloads.length === 0) return '';
  const isMany = sources.length > 1;
  const columns = [
    ...(isMany ? ['source'] : []),
    'workload',
    'tier',
    'RTO status',
    'P(in time)',
    'basis',
    'RTO min',
    'half back in min',
    'nine of ten back in min',
    'last test',
    'restores ok',
    'RPO status',
    'age h',
    'RPO h',
    'safe point',
    'grade',
    'notes',
  ];
  const rows = workloads.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.workload_name),
    row.tier,
    row.sla_status,
    probability(row),
    row.basis,
    target(row.rto_target_minutes, row.rto_target_basis),
    row.q50_minutes,
    row.q90_minutes ?? row.q90_status,
    row.last_test_at === null ? row.recency : `${row.recency} ${row.last_test_at}`,
    `${row.restores_ok} of ${row.restores}`,
    row.rpo_status,
    row.rpo_age_hours,
    target(row.rpo_target_hours, row.rpo_target_basis),
    safePoint(row),
    wordCell(row.grade),
    notes(row) || null,
  ]);
  const legend = legendOf(workloads);
  return `Workloads, untested first, heavier tier first (${workloads.length} of ${workloads_matching}):\n${table(columns, rows)}${legend ? `\n${legend}` : ''}`;
}

const PROOFS: Record<string, string> = { CHAIN: ' by CHAIN', ASSUMED_NEWEST: ' ASSUMED_NEWEST' };

const safePoint = ({ last_safe_at, last_safe_proof }: WorkloadRow) =>
  last_safe_at === null ? 'none' : `${last_safe_at}${PROOFS[last_safe_proof ?? ''] ?? ''}`;

const probability = ({ p_in_time: { mean, low, high } }: WorkloadRow) =>
  mean === null ? null : `${mean} (${low}–${high})`;

const target = (value: number, basis: string) => (basis === 'DEFAULT' ? `${value} DEFAULT` : value);

function legendOf(rows: WorkloadRow[]): string {
  const bases = new Set(rows.map(({ basis }) => basis));
  const quantiles = new Set(rows.map(({ q90_status }) => q90_status));
  const isDefault = rows.some(
    ({ rto_target_basis, rpo_target_basis }) =>
      rto_target_basis === 'DEFAULT' || rpo_target_basis === 'DEFAULT',
  );
  return [
    bases.has('OWN') ? 'OWN: from its own restores.' : '',
    bases.has('POOLED') ? 'POOLED: inherited from restores of other machines.' : '',
    bases.has('EXTRAPOLATED') ? 'EXTRAPOLATED: worked out from restores of other sizes.' : '',
    bases.has('ASSUMED') ? 'ASSUMED: no restore of any machine says.' : '',
    quantiles.has('NOT_REACHED') ? 'NOT_REACHED: too few trials came back to say when nine of ten are.' : '',
    quantiles.has('NOT_KNOWN') ? 'NOT_KNOWN: too few timed trials.' : '',
    rows.some(({ last_safe_proof }) => last_safe_proof === 'CHAIN')
      ? 'by CHAIN: clean, verified by a later clean point that is rebuilt from it, not itself.'
      : '',
    rows.some(({ last_safe_proof }) => last_safe_proof === 'ASSUMED_NEWEST')
      ? 'ASSUMED_NEWEST: the source does not say which point was verified, the newest of that time is taken.'
      : '',
    isDefault ? 'DEFAULT: a target that nobody set (dr365.toml, [targets]).' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function notes(row: WorkloadRow): string {
  const { hidden_by_job, job_name, detail } = row;
  return [
    hidden_by_job ? `breach hidden by ${quoteCell(hidden_by_job)}` : '',
    otherSources(row),
    job_name && !hidden_by_job ? `job ${quoteCell(job_name, 60)}` : '',
    detail ? detail.reasons.map((reason) => quoteCell(reason, 160)).join(' ') : '',
    detail?.immutable_until_estimated
      ? `immutable until about ${detail.immutable_until_estimated} (estimate)`
      : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** Who else protects the machine, or with whom it is listed. */
function otherSources({
  other_sources,
  listed_with,
}: Pick<WorkloadRow, 'other_sources' | 'listed_with'>): string {
  const others = other_sources?.map((id) => quoteCell(id)).join(' ');
  const home = listed_with === undefined ? '' : `, listed with ${quoteCell(listed_with)}`;
  return others ? `also protected in ${others}${home}` : '';
}
