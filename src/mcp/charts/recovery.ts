import type { RecoveryAnswer, WorkloadRow } from '../tools/recovery/shape.ts';
import { type Cell, drawGrid, type GridRow } from './grid.ts';
import { ageText, short, words } from './scales.ts';
import type { Fill, Scene } from './scene.ts';
import { troubleLines } from './trouble.ts';

/** Workloads against their targets: age of the newest point, time to restore, last test, last safe point, confidence. */
export function drawRecovery(answer: RecoveryAnswer, width: number): Scene | null {
  const { workload, workloads = [], omitted, estate } = answer;
  const rows = workload ? [workload] : workloads;
  if (rows.length === 0) return null;
  return drawGrid(
    {
      title: workload ? workload.workload_name : 'Recovery: RPO, RTO and proof',
      lines: [
        'Age of the newest restore point against its target; 9 of 10 restores end within the time shown.',
        ...(estate ? [counted(estate.rpo)] : []),
      ],
      columns: ['RPO age/target', 'RTO time/target', 'Last test age', 'Safe point age', 'Grade'],
      rows: rows.map((row) => rowOf(row, answer.as_of)),
      legend: [
        { fill: 'ok', text: 'met' },
        { fill: 'watch', text: 'at risk, or old' },
        { fill: 'bad', text: 'breached, or missed' },
        { fill: 'worst', text: 'never' },
        { fill: 'unknown', text: 'not known, or not proven' },
      ],
      foot: [
        ...troubleLines(answer),
        ...(omitted?.workloads ? [`${omitted.workloads} more workloads are not shown.`] : []),
      ],
    },
    width,
  );
}

const counted = (rpo: Record<string, number>) =>
  `RPO of all that match: ${Object.entries(rpo)
    .map(([status, count]) => `${count} ${words(status)}`)
    .join(', ')}.`;

type Row = Pick<
  WorkloadRow,
  | 'workload_name'
  | 'tier'
  | 'rpo_status'
  | 'rpo_age_hours'
  | 'rpo_target_hours'
  | 'sla_status'
  | 'q90_minutes'
  | 'rto_target_minutes'
  | 'recency'
  | 'last_test_at'
  | 'last_safe_at'
  | 'last_safe_proof'
  | 'grade'
  | 'confidence_score'
  | 'rto_target_basis'
  | 'rpo_target_basis'
>;

function rowOf(row: Row, asOf: string): GridRow {
  return {
    name: row.workload_name,
    note: row.tier === null ? 'no tier' : `tier ${row.tier}`,
    cells: [rpoCell(row), rtoCell(row), testCell(row, asOf), safeCell(row, asOf), gradeCell(row)],
  };
}

const fillFor = (fills: Record<string, Fill>, status: string): Fill => fills[status] ?? 'unknown';

const RPO: Record<string, Fill> = { MET: 'ok', AT_RISK: 'watch', BREACHED: 'bad', NEVER: 'worst' };

function rpoCell({
  rpo_status,
  rpo_age_hours: age,
  rpo_target_hours: target,
  rpo_target_basis: basis,
}: Row): Cell {
  const parts = age === null ? [words(rpo_status)] : [ageText(age), `/ ${ageText(target)}`];
  const old = age === null ? 'age not known' : `${age} hours old`;
  return {
    parts,
    fill: fillFor(RPO, rpo_status),
    label: `${words(rpo_status)}; ${old}, target ${target} hours (${words(basis)})`,
  };
}

const RTO: Record<string, Fill> = { COMPLIANT: 'ok', AT_RISK: 'watch', NON_COMPLIANT: 'bad' };

function rtoCell({
  sla_status,
  q90_minutes: q90,
  rto_target_minutes: target,
  rto_target_basis: basis,
}: Row): Cell {
  const time = q90 === null ? '?' : `${short(q90)}`;
  const known = q90 === null ? 'time not known' : `9 of 10 restores within ${q90} minutes`;
  return {
    parts: [time, `/ ${short(target)} min`],
    fill: fillFor(RTO, sla_status),
    label: `${words(sla_status)}; ${known}, target ${target} minutes (${words(basis)})`,
  };
}

const TEST: Record<string, Fill> = {
  FRESH: 'ok',
  CURRENT: 'ok',
  STALE: 'watch',
  CRITICAL: 'bad',
  NEVER: 'worst',
};

const sinceText = (at: string, asOf: string) => ageText((Date.parse(asOf) - Date.parse(at)) / 3_600_000);

function testCell({ recency, last_test_at: at }: Row, asOf: string): Cell {
  return {
    parts: [at === null ? words(recency) : sinceText(at, asOf)],
    fill: fillFor(TEST, recency),
    label: `${words(recency)}; ${at === null ? 'no test is known' : `last tested ${at}`}`,
  };
}

/** A point is called safe only by proof, so that none is not known rather than bad. */
function safeCell({ last_safe_at: at, last_safe_proof: proof }: Row, asOf: string): Cell {
  if (at === null)
    return { parts: ['unproven'], fill: 'unknown', label: 'no restore point is proven to be safe' };
  return { parts: [sinceText(at, asOf)], fill: 'ok', label: `${at}, proof ${words(proof ?? 'not known')}` };
}

const GRADE: Record<string, Fill> = { A: 'ok', B: 'ok', C: 'watch', D: 'bad', F: 'bad' };

function gradeCell({ grade, confidence_score: score }: Row): Cell {
  const fill = fillFor(GRADE, grade);
  return {
    parts: [score === null ? '?' : `${grade} ${Math.round(score)}`],
    fill: score === null ? 'unknown' : fill,
    label: `grade ${grade}, recovery confidence ${score ?? 'not known'} of 100`,
  };
}
