import { paragraphs, table } from '../../markdown.ts';
import { quoteCell, wordCell } from '../../untrusted.ts';
import type { ComplianceAnswer } from './compliance-shape.ts';
import type { RiskAnswer } from './shape.ts';

/** Inputs, unprotected workloads and compliance, as far as they are in the answer. */
export function renderExtras(answer: RiskAnswer): string {
  return paragraphs([
    renderInputs(answer),
    renderUnprotected(answer),
    renderTiers(answer),
    renderCompliance(answer),
  ]);
}

function renderInputs({ inputs = [], sources }: RiskAnswer): string {
  const isMany = sources.length > 1;
  const rows = inputs.map((input) => [
    ...(isMany ? [quoteCell(input.source_id)] : []),
    wordCell(input.worker),
    input.status,
    input.age_hours,
    input.expected_hours,
    input.completeness,
    input.hazards.map(wordCell).join(' '),
    [input.reason, ...input.missing].flatMap((text) => (text ? [quoteCell(text)] : [])).join(' ') || null,
  ]);
  const columns = ['worker', 'status', 'hours old', 'hours expected', 'complete', 'hazards', 'why'];
  return rows.length > 0
    ? `Inputs of this risk run:\n${table([...(isMany ? ['source'] : []), ...columns], rows)}`
    : '';
}

function renderUnprotected({ unprotected }: RiskAnswer): string {
  if (!unprotected) return '';
  if (unprotected.length === 0) return 'Unprotected: no workload that is known is without an enabled job.';
  const rows = unprotected.map(({ name, workload_id, job_id, reason }) => [
    workload_id === null ? 'job' : 'workload',
    quoteCell(name),
    quoteCell(workload_id ?? job_id ?? ''),
    quoteCell(reason),
  ]);
  const columns = ['kind', 'name', 'id', 'why'];
  return `Workloads that no enabled job protects, and disabled jobs of unknown workloads:\n${table(columns, rows)}`;
}

/** A name, not numbers. */
const RULE = '`3-2-1-1-0`, RPO and RTO';
const DIGITS = ['copies', 'media', 'offsite', 'immutable', 'zero_errors', 'rpo', 'rto'] as const;

function renderTiers({ compliance_tiers = [], sources }: RiskAnswer): string {
  const isMany = sources.length > 1;
  const rows = compliance_tiers.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    row.tier === 0 ? 'none' : row.tier,
    row.workloads,
    row.all_proven,
    row.any_broken,
    ...DIGITS.map((digit) => statuses(row.counts[digit])),
  ]);
  const columns = [...(isMany ? ['source'] : []), 'tier', 'workloads', 'all proven', 'any broken', ...DIGITS];
  return rows.length > 0 ? `${RULE} per tier (proven / unproven / broken):\n${table(columns, rows)}` : '';
}

/** Digits have three statuses, always the same; targets have more, of which those that occur are named. */
function statuses(counts: Record<string, number> | undefined): string | null {
  if (!counts) return null;
  const { PROVEN, UNPROVEN, BROKEN } = counts;
  if (PROVEN !== undefined && UNPROVEN !== undefined && BROKEN !== undefined)
    return `${PROVEN} / ${UNPROVEN} / ${BROKEN}`;
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([status, count]) => `${count} ${wordCell(status)}`).join(', ') || null;
}

function renderCompliance({ compliance, sources, omitted }: RiskAnswer): string {
  if (!compliance) return '';
  const left = omitted?.compliance ?? 0;
  if (compliance.length === 0 && left > 0)
    return `Compliance: there is no room here for ${left} workloads that were judged; next_cursor goes on with them.`;
  if (compliance.length === 0) return 'Compliance: no workload here was judged.';
  const isMany = sources.length > 1;
  const rows = compliance.map((row) => [
    ...(isMany ? [quoteCell(row.source_id)] : []),
    quoteCell(row.name),
    row.tier ?? 'none',
    ...DIGITS.map((digit) => row[digit]),
    row.first_expires_at,
  ]);
  const columns = [...(isMany ? ['source'] : []), 'workload', 'tier', ...DIGITS, 'first proof expires'];
  return paragraphs([
    `Compliance per workload, highest tier and most broken first:\n${table(columns, rows)}`,
    ...compliance.map((row) => renderDigits(row, compliance.length > 1)),
  ]);
}

function renderDigits({ digits, name }: ComplianceAnswer, isMany: boolean): string {
  const rows = (digits ?? []).map(
    ({ digit, status, detail_status, target, expires_at, reasons, proof, proof_rows }) => [
      digit,
      detail_status === null ? status : `${status} (${wordCell(detail_status)})`,
      target,
      expires_at === null ? null : quoteCell(expires_at),
      reasons.map((reason) => quoteCell(reason, 200)).join(' ') || null,
      proof.map(({ table: from, id }) => quoteCell(`${from} ${id}`)).join(' ') || null,
      proof_rows,
    ],
  );
  const about = isMany ? ` of ${quoteCell(name)}` : '';
  return rows.length > 0
    ? `Proof${about}:\n${table(['digit', 'status', 'target', 'expires', 'why not', 'rows', 'rows in all'], rows)}`
    : '';
}
