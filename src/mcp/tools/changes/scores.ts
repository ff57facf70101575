import type { MetricsReader, RiskReader } from '../../../db/connect.ts';
import { listMeasures, type Measure, type MeasureTable } from '../../../queries/changes-results.ts';
import { round } from '../../markdown.ts';
import {
  type Compared,
  type Comparison,
  comparedOf,
  hiddenBy,
  notReadBefore,
  type Worker,
} from './compare.ts';
import type { Rows } from './shape.ts';

type Score = Rows['scores'];
/** What more of it means, how many decimals it has, and from which share of it a change is worth a line. */
type Metric = { better: 'more' | 'less' | 'neither'; digits: number; from: number };

const METRICS: Record<string, Metric> = {
  health_score: { better: 'more', digits: 1, from: 0.1 },
  success_rate: { better: 'more', digits: 3, from: 0.001 },
  risk_score: { better: 'less', digits: 1, from: 0.1 },
  tested_share: { better: 'more', digits: 3, from: 0.001 },
  rpo_breached_workloads: { better: 'less', digits: 0, from: 1 },
  restore_compliant_workloads: { better: 'more', digits: 0, from: 1 },
  reduction_factor: { better: 'more', digits: 2, from: 0.01 },
  reclaimable_bytes: { better: 'less', digits: 0, from: 1 },
  open_anomalies: { better: 'less', digits: 0, from: 1 },
  use_bytes: { better: 'neither', digits: 0, from: 1 },
  urgent_repositories: { better: 'less', digits: 0, from: 1 },
};

const TABLES: [Worker, MeasureTable][] = [
  ['health', 'health_score'],
  ['capacity', 'capacity_summary'],
  ['efficiency', 'efficiency_summary'],
  ['rto', 'recovery_summary'],
  ['risk', 'risk_summary'],
];

/** Numbers of whole sources that changed. Ranges that hold each other's number say that nothing is shown. */
export async function readScores(
  metrics: MetricsReader,
  risk: RiskReader,
  comparisons: readonly Comparison[],
  degraded: (sourceId: string) => string | null,
): Promise<Score[]> {
  const rows: Score[] = [];
  for (const [worker, table] of TABLES) {
    const pairs = comparedOf(comparisons, worker);
    const runs = [...pairs.values()].flatMap(({ before, now }) => [before, now]);
    const measures = await listMeasures(worker === 'risk' ? risk : metrics, table, runs);
    const byKey = new Map(measures.map((measure) => [keyOf(measure.runId, measure.metric), measure]));
    const names = [...new Set(measures.map(({ metric }) => metric))];
    for (const pair of pairs.values()) {
      for (const metric of names) {
        const then = byKey.get(keyOf(pair.before.runId, metric));
        const now = byKey.get(keyOf(pair.now.runId, metric));
        const hidden = worker === 'risk' ? degraded(pair.sourceId) : hiddenBy(pair.unreadNow);
        const row = then && now && toScore(pair, then, now, hidden);
        if (row) rows.push(row);
      }
    }
  }
  return rows;
}

const keyOf = (runId: string, metric: string) => `${runId} ${metric}`;

function toScore(pair: Compared, then: Measure, now: Measure, hidden: string | null): Score | undefined {
  const { better, digits, from } = METRICS[now.metric] as Metric;
  const at = (value: number | null) => round(value, digits);
  const difference = then.value === null || now.value === null ? null : at(now.value - then.value);
  if (then.value === null && now.value === null) return undefined;
  if (difference !== null && Math.abs(difference) < from) return undefined;
  const seen = verdict(then, now, better);
  const isHidden = hidden !== null && seen === 'BETTER';
  const notBefore = seen === 'WORSE' ? notReadBefore(pair.unreadBefore) : null;
  return {
    source_id: pair.sourceId,
    worker: pair.worker,
    metric: now.metric,
    change: isHidden ? 'NOT_MEASURED' : seen,
    before: at(then.value),
    before_low: at(then.low),
    before_high: at(then.high),
    now: at(now.value),
    now_low: at(now.low),
    now_high: at(now.high),
    difference,
    before_run_id: then.runId,
    run_id: now.runId,
    because:
      seen === 'NOT_MEASURED'
        ? (hidden ?? 'the later run has no value of it')
        : isHidden
          ? hidden
          : notBefore,
  };
}

function verdict(then: Measure, now: Measure, better: Metric['better']): string {
  if (now.value === null) return 'NOT_MEASURED';
  if (then.value === null) return 'FIRST_MEASURED';
  if (isWithin(then.value, now) && isWithin(now.value, then)) return 'WITHIN_RANGE';
  if (better === 'neither') return now.value > then.value ? 'MORE' : 'LESS';
  return now.value > then.value === (better === 'more') ? 'BETTER' : 'WORSE';
}

const isWithin = (value: number, { low, high }: Measure) =>
  low !== null && high !== null && value >= low && value <= high;

const CHANGES = ['NOT_MEASURED', 'WORSE', 'BETTER', 'FIRST_MEASURED', 'WITHIN_RANGE', 'MORE', 'LESS'];
const ORDER = Object.keys(METRICS);

export const keyOfScore = ({ change, metric, source_id, run_id }: Score) => [
  CHANGES.indexOf(change) <= 1 ? 0 : CHANGES.indexOf(change),
  ORDER.indexOf(metric),
  source_id,
  run_id,
];
