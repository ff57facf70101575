import type { RiskAnswer, RiskCard, RiskRow } from '../tools/risk/shape.ts';
import { type Cell, drawGrid } from './grid.ts';
import { footing, heading, legend, MARGIN } from './layout.ts';
import { scaleOf, short, words } from './scales.ts';
import { box, type Fill, fitText, lineOf, type Mark, type Scene, type Shape, textAt } from './scene.ts';
import { troubleLines } from './trouble.ts';

/** Several risks: a heat map of what drives each. One risk: the points its score is made of. */
export function drawRisks(answer: RiskAnswer, width: number): Scene | null {
  if (answer.risk) return drawParts(answer.risk, width);
  if (answer.risks && answer.risks.length > 0) return drawHeatMap(answer.risks, answer, width);
  return null;
}

const DRIVERS = [
  ['job_failure', 'Job failure'],
  ['capacity', 'Capacity'],
  ['efficiency', 'Efficiency'],
  ['recovery', 'Recovery'],
  ['data_quality', 'Data quality'],
] as const;

/** Flags of items that something needed was not known of: hatched, whatever their numbers are. */
const UNKNOWN_FLAGS = ['NOT_ASSESSED', 'MISSING_INPUT'];

function drawHeatMap(risks: readonly RiskRow[], answer: RiskAnswer, width: number): Scene {
  const { omitted, estate } = answer;
  const score =
    estate?.score === undefined || estate.score === null
      ? ''
      : ` Estate: ${estate.score} (${estate.score_low} to ${estate.score_high}).`;
  return drawGrid(
    {
      title: 'Risks, most urgent first',
      lines: [`Scores 0 to 100, higher is worse; score with its range.${score}`],
      columns: ['Score', ...DRIVERS.map(([, name]) => name)],
      rows: risks.map((risk) => ({
        name: risk.name,
        note: `${words(risk.risk_category)}, ${words(risk.scope_type)}${risk.tier === null ? ', no tier' : `, tier ${risk.tier}`}`,
        cells: [scoreCell(risk), ...DRIVERS.map(([driver, name]) => driverCell(risk, driver, name))],
      })),
      legend: [
        ...HEAT.map(({ fill, from, to }) => ({ fill, text: `${from}–${to}` })),
        { fill: 'unknown', text: 'not measured, not assessed, or an input is missing' },
      ],
      foot: [
        ...troubleLines(answer),
        ...(omitted?.risks ? [`${omitted.risks} more risks are not shown.`] : []),
      ],
    },
    width,
  );
}

const HEAT: { fill: Fill; from: number; to: number }[] = [
  { fill: 'heat0', from: 0, to: 19 },
  { fill: 'heat1', from: 20, to: 39 },
  { fill: 'heat2', from: 40, to: 59 },
  { fill: 'heat3', from: 60, to: 79 },
  { fill: 'heat4', from: 80, to: 100 },
];

const heatOf = (score: number): Fill => HEAT.findLast(({ from }) => score >= from)?.fill ?? 'heat0';
const isUnknown = ({ flags }: RiskRow) => flags.some((flag) => UNKNOWN_FLAGS.includes(flag));

function scoreCell(risk: RiskRow): Cell {
  const { composite_score: score, score_low: low, score_high: high, reasons, flags } = risk;
  const value = String(Math.round(score));
  const why = [...reasons, ...flags.map(words)].join('; ');
  return {
    parts: [isUnknown(risk) ? `? ${value}` : value, `(${Math.round(low)}–${Math.round(high)})`],
    fill: isUnknown(risk) ? 'unknown' : heatOf(score),
    label: `${score}, range ${low} to ${high}, confidence ${words(risk.confidence)}${why ? `; ${why}` : ''}`,
  };
}

function driverCell(risk: RiskRow, driver: keyof RiskRow['drivers'], name: string): Cell {
  const score = risk.drivers[driver];
  const isAssumed = risk.drivers_assumed?.includes(driver) ?? false;
  const isOpen = isAssumed || isUnknown(risk);
  const why = isAssumed ? '; assumed, nothing of it was measured' : '; something needed was not known';
  return {
    parts: [isOpen ? `? ${short(score)}` : short(score)],
    fill: isOpen ? 'unknown' : heatOf(score),
    label: `${score} of 100 from ${name.toLowerCase()}${isOpen ? why : ''}`,
  };
}

const ROW = 42;

function drawParts(risk: RiskCard, width: number): Scene {
  const range = `${risk.score_low} to ${risk.score_high}`;
  const line = `Score ${risk.composite_score} (${range}), ${words(risk.risk_category)}, confidence ${words(risk.confidence)}. Points add up to the score.`;
  const top = heading(risk.name, [line], width);
  const long = width - 2 * MARGIN;
  const most = Math.max(
    10,
    ...risk.contributions.map(({ points, severity, q_high }) => Math.max(points, severity * q_high * 100)),
  );
  const x = scaleOf([0, most], [MARGIN, MARGIN + long]);
  const shapes: Shape[] = [...top.shapes];
  const marks: Mark[] = [];
  risk.contributions.forEach((part, index) => {
    const y = top.y + 4 + index * ROW;
    shapes.push(...partRow(part, { y, x, long }));
    marks.push({ x: MARGIN - 4, y, width: long + 8, height: ROW - 4, label: partLabel(part) });
  });
  const bottom = top.y + 4 + risk.contributions.length * ROW;
  const key = legend(
    [
      { text: 'points, measured', fill: 'line' },
      { text: 'points, not measured or stale', fill: 'unknown' },
    ],
    bottom,
    width,
  );
  const foot = footing([`Bars: points of 100, from 0 to ${short(most)}.`, risk.explanation], key.y, width);
  return {
    title: risk.name,
    width,
    height: foot.y + MARGIN,
    shapes: [...shapes, ...key.shapes, ...foot.shapes],
    marks,
  };
}

type Part = RiskCard['contributions'][number];
const isMeasured = ({ basis, stale }: Part) => basis === 'MEASURED' && !stale;

function partRow(
  part: Part,
  { y, x, long }: { y: number; x: (points: number) => number; long: number },
): Shape[] {
  const { hazard, meaning, points, basis, stale } = part;
  const value = `${short(points)} points`;
  const bar = { x: MARGIN, y: y + 18, height: 12 };
  const basisText = `${words(basis)}${stale ? ', stale' : ''}`;
  return [
    textAt(MARGIN, y + 13, fitText(`${hazard}: ${meaning}`, long - 150, 12)),
    textAt(MARGIN + long, y + 13, fitText(`${value}, ${basisText}`, 145, 10), {
      size: 10,
      anchor: 'end',
      fill: 'muted',
    }),
    lineOf(
      [
        [MARGIN, y + 30],
        [MARGIN + long, y + 30],
      ],
      'grid',
    ),
    box({ ...bar, width: Math.max(1, x(points) - MARGIN) }, isMeasured(part) ? 'line' : 'unknown', 2),
  ];
}

const partLabel = ({ hazard, points, q, q_low, q_high, basis, reasons }: Part) =>
  `${hazard}: ${points} points, probability ${q} (${q_low} to ${q_high}), ${words(basis)}${reasons.length > 0 ? `; ${reasons.join('; ')}` : ''}`;
