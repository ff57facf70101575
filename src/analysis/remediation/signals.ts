import type { Signal, SignalKind } from '../risk/signals.ts';
import type { AnomalyState, Case } from './evidence.ts';
import { byId } from './lookup.ts';
import {
  bytes,
  cites,
  type Effect,
  type MetricSpec,
  type Option,
  type Rule,
  type Step,
  say,
} from './rule.ts';

const SCOPES = ['workload', 'repository', 'estate'] as const;

/** A rule for signals of one kind. */
export function signalRule(
  id: string,
  kind: SignalKind,
  title: string,
  weight: number,
  steps: readonly Step[],
  options: readonly Option[],
): Rule {
  return {
    id,
    type: 'integrity',
    scopes: SCOPES,
    title,
    when: (of) =>
      signalsOf(of).some((signal) => signal.kind === kind) || isStatus(of, kind) ? weight : null,
    hypothesis: (of) => hypothesis(of, kind, title),
    steps,
    options,
    verify: ({ subject }) => verify(kind, subject.workloadIds.length > 0),
  };
}

function verify(kind: SignalKind, hasWorkload: boolean): MetricSpec[] {
  const closed: MetricSpec = { metric: `open_signals:${kind}`, op: '<=', target: 0, windowHours: 48 };
  return hasWorkload
    ? [closed, { metric: 'newest_point_clean', op: '>=', target: 1, windowHours: 48 }]
    : [closed];
}

/** What is asked about: an item in its facts. */
type About = Pick<Case, 'scope' | 'id'> & { facts: Pick<Case['facts'], 'risk'> };

/** Whether the newest points are there and cannot be trusted: a clean one being old does not say that none is made. */
export function hasUnusablePoints(of: About): boolean {
  return (
    isMalware(of) ||
    isStatus(of, 'POINT_CORRUPTED') ||
    signalsOf(of).some(({ kind }) => kind === 'POINT_CORRUPTED')
  );
}

/** Whether malware was found or is suspected, be it by an event or by the verdict on the newest point. */
export function isMalware(of: About): boolean {
  return (
    isStatus(of, 'MALWARE_INFECTED') ||
    isStatus(of, 'MALWARE_SUSPICIOUS') ||
    signalsOf(of).some(({ kind }) => kind === 'MALWARE_INFECTED' || kind === 'MALWARE_SUSPICIOUS')
  );
}

/** Signals of the item itself. */
function signalsOf({ scope, id, facts: { risk } }: About): readonly Signal[] {
  if (scope === 'estate') return risk.signals;
  if (scope === 'repository') return byId(risk).repositories.get(id)?.signals ?? [];
  return byId(risk).workloads.get(id)?.integrity?.signals ?? [];
}

function isStatus({ scope, id, facts: { risk } }: About, kind: SignalKind): boolean {
  if (scope !== 'workload') return false;
  const status = byId(risk).workloads.get(id)?.integrity?.newestPointStatus;
  return (
    (status === 'INFECTED' && kind === 'MALWARE_INFECTED') ||
    (status === 'SUSPICIOUS' && kind === 'MALWARE_SUSPICIOUS') ||
    (status === 'CORRUPTED' && kind === 'POINT_CORRUPTED')
  );
}

function hypothesis(of: Case, kind: SignalKind, title: string) {
  const signals = signalsOf(of).filter((signal) => signal.kind === kind);
  const anomaly = of.anomalies.find(({ type }) => type === kind) ?? null;
  const seen = signals.map(({ ref, at }) => ({
    source: ref.table,
    id: ref.id,
    field: 'kind',
    value: kind,
    asOf: at,
  }));
  const times =
    signals.length > 0 ? `, ${say(signals.length)} ${signals.length === 1 ? 'sign' : 'signs'} open` : '';
  return {
    text: `${title}${times}.${anomaly ? sizes(anomaly) : ''}`,
    cites: [
      ...seen.slice(0, 10),
      ...cites(anomaly, 'type', 'factor', 'usualFactor', 'dataBytes', 'usualBytes', 'score'),
    ],
  };
}

function sizes({ factor, usualFactor, dataBytes, usualBytes }: AnomalyState): string {
  const read =
    dataBytes !== null && usualBytes !== null
      ? ` ${bytes(dataBytes)} were read, usual are ${bytes(usualBytes)}.`
      : '';
  const reduced =
    factor !== null && usualFactor !== null
      ? ` They reduce by ${say(factor)}, usual is ${say(usualFactor)}.`
      : '';
  return read + reduced;
}

/** As after a scanned clean point of each workload the case is about. */
export function cleanAll({ scope, id, hazard }: Case): Effect | null {
  if (scope === 'workload') return { kind: 'changes', changes: [{ kind: 'clean_point', workloadId: id }] };
  return hazard && hazard.q > 0.02 ? { kind: 'hazard', q: 0.02 } : null;
}
