import { Gauge, type Registry } from 'prom-client';
import type { Standing } from '../freshness.ts';
import type { CollectedState } from './read-collected.ts';
import type { RiskState } from './read-risks.ts';

/** What is in the tables of one database, whoever wrote it and however often this process was started since. */
export type State = {
  database: 'metrics' | 'risk';
  bytes: number;
  standings: readonly Standing[];
  collected?: CollectedState;
  risks?: readonly RiskState[];
};

export type StateGauges = {
  /** @param states one for each database of this process; `null`: it could not be asked */
  show: (states: readonly (State | { database: State['database']; isDown: true })[]) => void;
};

/** Gauges of the state that is in the databases. What is not known has no sample: never a 0. */
export function createStateGauges(registry: Registry): StateGauges {
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const pair = ['worker', 'source'];
  const up = gauge('dr365_database_up', '1: the database answers; 0: it does not', ['database']);
  const bytes = gauge('dr365_database_size_bytes', 'Size of the database on disk', ['database']);
  const success = gauge(
    'dr365_last_success_timestamp_seconds',
    'End of the last run that concluded, of whichever replica',
    pair,
  );
  const failed = gauge('dr365_last_run_failed', '1: the last run that ended concluded nothing', pair);
  const stale = gauge(
    'dr365_source_stale',
    '1: late by the rhythm of its runs, as in get_data_freshness',
    pair,
  );
  const complete = gauge(
    'dr365_completeness_ratio',
    'Share of the endpoints that the last run that concluded read in full',
    pair,
  );
  const full = gauge(
    'dr365_repository_soonest_full_timestamp_seconds',
    'Day on which the first repository of the source is full; early: the pessimistic end of the range, likely: its middle',
    ['source', 'estimate'],
  );
  const fullest = gauge('dr365_repository_fullest_ratio', 'Use of the fullest repository of the source', [
    'source',
  ]);
  const risks = gauge('dr365_risks', 'Listed risks by severity', ['source', 'severity']);
  const all = [up, bytes, success, failed, stale, complete, full, fullest, risks];

  const showStanding = ({ worker, sourceId: source, ...one }: Standing) => {
    if (one.lastSuccessAt) success.set({ worker, source }, one.lastSuccessAt.getTime() / 1000);
    failed.set({ worker, source }, one.lastFailed ? 1 : 0);
    stale.set({ worker, source }, one.isStale ? 1 : 0);
    if (one.completeness !== null) complete.set({ worker, source }, one.completeness);
  };
  const showRisks = ({ sourceId: source, bySeverity }: RiskState) => {
    for (const [severity, count] of Object.entries(bySeverity)) risks.set({ source, severity }, count);
  };
  return {
    show: (states) => {
      for (const one of all) one.reset();
      for (const state of states) {
        up.set({ database: state.database }, 'isDown' in state ? 0 : 1);
        if ('isDown' in state) continue;
        bytes.set({ database: state.database }, state.bytes);
        state.standings.forEach(showStanding);
        state.risks?.forEach(showRisks);
        for (const { sourceId: source, earlyAt, likelyAt, fullestShare } of state.collected ?? []) {
          if (earlyAt) full.set({ source, estimate: 'early' }, earlyAt.getTime() / 1000);
          if (likelyAt) full.set({ source, estimate: 'likely' }, likelyAt.getTime() / 1000);
          if (fullestShare !== null) fullest.set({ source }, fullestShare);
        }
      }
    },
  };
}
