import type { Finding } from './finding.ts';
import type {
  AuthorizationEventFacts,
  InfrastructureFacts,
  MalwareEventFacts,
} from './infrastructure-facts.ts';

const DAY_MS = 86_400_000;
const MALWARE_DAYS = 30;
const AUTHORIZATION_DAYS = 7;

/**
 * Findings about malware, four-eyes requests and the security analyser. Severity:
 * - MALWARE_DETECTED critical when Infected, high when Suspicious; one per machine, by its worst event;
 * - AUTHORIZATION_PENDING, AUTHORIZATION_REJECTED (also expired), ANALYZER_VIOLATION medium; ANALYZER_NOT_RUN low.
 */
export function securityFindings(facts: InfrastructureFacts, now: number): Finding[] {
  return [
    ...malwareFindings(facts.malwareEvents, now),
    ...facts.authorizationEvents.flatMap((event) => authorizationFinding(event, now)),
    ...analyzerFindings(facts),
  ];
}

function malwareFindings(events: readonly MalwareEventFacts[], now: number): Finding[] {
  const byMachine = new Map<string, MalwareEventFacts[]>();
  for (const event of events) {
    const severity = event.severity?.toLowerCase();
    if (event.state?.toLowerCase() !== 'created' || (severity !== 'suspicious' && severity !== 'infected'))
      continue;
    // An event without a time is kept: its age is not known, and hiding it would be the worse mistake.
    if (event.detectedAt !== null && event.detectedAt < now - MALWARE_DAYS * DAY_MS) continue;
    const machine = event.machineId ?? event.machineName ?? event.id;
    byMachine.set(machine, [...(byMachine.get(machine) ?? []), event]);
  }
  return [...byMachine].map(([id, ofMachine]) => malwareFinding(id, ofMachine));
}

function malwareFinding(id: string, events: readonly MalwareEventFacts[]): Finding {
  const isInfected = events.some(({ severity }) => severity?.toLowerCase() === 'infected');
  const times = events.flatMap(({ detectedAt }) => (detectedAt === null ? [] : [detectedAt]));
  const newest = events.toSorted((a, b) => (b.detectedAt ?? 0) - (a.detectedAt ?? 0))[0];
  return {
    kind: 'MALWARE_DETECTED',
    entity: { kind: 'machine', id, name: events.find(({ machineName }) => machineName)?.machineName ?? id },
    severity: isInfected ? 'critical' : 'high',
    since: times.length > 0 ? Math.min(...times) : null,
    level: isInfected ? 'Infected' : 'Suspicious',
    evidence: {
      events: events.length,
      lastDetectedAt: times.length > 0 ? Math.max(...times) : null,
      lastType: newest?.type ?? null,
      details: newest?.details ?? null,
    },
  };
}

function authorizationFinding(event: AuthorizationEventFacts, now: number): Finding[] {
  const state = event.state?.toLowerCase();
  const at = event.processedAt ?? (state === 'expired' ? event.expiresAt : null) ?? event.createdAt;
  const isRecent = at === null || at >= now - AUTHORIZATION_DAYS * DAY_MS;
  const isRejected = (state === 'rejected' || state === 'expired') && isRecent;
  if (state !== 'pending' && !isRejected) return [];
  return [
    {
      kind: isRejected ? 'AUTHORIZATION_REJECTED' : 'AUTHORIZATION_PENDING',
      entity: { kind: 'authorization-event', id: event.id, name: event.name },
      severity: 'medium',
      since: isRejected ? at : event.createdAt,
      level: event.state,
      evidence: {
        createdAt: event.createdAt,
        processedAt: event.processedAt ?? null,
        expiresAt: event.expiresAt ?? null,
        createdBy: event.createdBy ?? null,
      },
    },
  ];
}

/** An analyser that never ran shows no violation: that is not compliance. */
function analyzerFindings({ analyzer, server }: InfrastructureFacts): Finding[] {
  if (!analyzer) return [];
  const { practices, hasRun } = analyzer;
  const findings: Finding[] = practices
    .filter(({ status }) => status.toLowerCase() === 'violation')
    .map(({ id, name, status, note }) => {
      const entity = { kind: 'best-practice', id, name } as const;
      const evidence = { status, note: note ?? null };
      return { kind: 'ANALYZER_VIOLATION', entity, severity: 'medium', since: null, level: null, evidence };
    });
  if (practices.length > 0 && hasRun !== false) return findings;
  const entity = { kind: 'server', id: server.id, name: server.name } as const;
  const evidence = { practices: practices.length, hasRun };
  return [
    ...findings,
    { kind: 'ANALYZER_NOT_RUN', entity, severity: 'low', since: null, level: null, evidence },
  ];
}
