import type { MetricsReader } from '../../../db/connect.ts';
import { type FindingChange, listFindingChanges } from '../../../queries/changes-results.ts';
import { objectOf, textOf } from '../../json.ts';
import { isoSeconds } from '../../markdown.ts';
import { cleanText } from '../../untrusted.ts';
import {
  type Compared,
  type Comparison,
  comparedOf,
  hiddenBy,
  notReadBefore,
  type Worker,
} from './compare.ts';
import type { Rows } from './shape.ts';

type FindingRow = Rows['findings'];

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

/** The endpoint that a kind of finding rests on; the others rest on those of jobs and sessions. */
const RESTS_ON: [kind: string, endpoint: string][] = [
  ['MALWARE', 'malware'],
  ['PROXY', 'proxies'],
  ['SERVER_', 'managedServers'],
  ['LICENSE', 'license'],
  ['ANALYZER', 'securityAnalyzer'],
  ['AUTHORIZATION', 'authorization'],
  ['CONFIG_BACKUP', 'configBackup'],
  ['CERTIFICATE', 'serverCertificate'],
  ['CLOCK', 'serverInfo'],
];

/** Findings that are new, gone, or of another severity. */
export async function readFindings(
  db: MetricsReader,
  comparisons: readonly Comparison[],
): Promise<FindingRow[]> {
  const pairs = comparedOf(comparisons, 'health');
  if (pairs.size === 0) return [];
  const all = [...pairs.values()];
  const changes = await listFindingChanges(
    db,
    all.map(({ now }) => now),
    all.map(({ before }) => before),
  );
  const silent = comparisons.filter(({ basis }) => basis === 'SAME_RUN' || basis === 'NO_RUN');
  return changes.map((change) => {
    const worker = MADE_OF[change.kind];
    const isSilent = silent.some((one) => one.sourceId === change.sourceId && one.worker === worker);
    return toRow(change, pairs.get(change.sourceId) as Compared, isSilent && worker ? worker : null);
  });
}

/** Findings of the health worker that are made of what another one reads. */
const MADE_OF: Partial<Record<string, Worker>> = { VAULT_LIMIT_NEAR: 'capacity' };

/** @param silent the worker that read nothing new of it in between; null: none */
function toRow(
  change: FindingChange,
  { unreadNow, unreadBefore }: Compared,
  silent: Worker | null,
): FindingRow {
  const seen = changeOf(change);
  const isBetter = seen === 'RESOLVED' || seen === 'BETTER';
  const noNews = silent && `no run of the ${silent} worker, which reads it, concluded in between`;
  const hidden = isBetter ? (hiddenBy(relevant(unreadNow, change.kind)) ?? noNews) : null;
  const notBefore = isBetter ? null : notReadBefore(relevant(unreadBefore, change.kind));
  return {
    source_id: change.sourceId,
    run_id: change.runId,
    finding_id: cleanText(change.findingId, 150),
    kind: change.kind,
    change: hidden ? 'NOT_MEASURED' : notBefore && seen === 'NEW' ? 'NEWLY_MEASURED' : seen,
    severity: change.severity,
    severity_before: change.severityBefore,
    entity_kind: change.entityKind,
    entity_id: cleanText(change.entityId, 100),
    entity_name: cleanText(change.entityName),
    since_at: isoSeconds(change.sinceAt),
    because: hidden ?? notBefore ?? reasonOf(change),
  };
}

function changeOf({ severity, severityBefore }: FindingChange): string {
  if (severityBefore === null) return 'NEW';
  if (severity === null) return 'RESOLVED';
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(severityBefore) ? 'WORSE' : 'BETTER';
}

function relevant(endpoints: readonly string[], kind: string): string[] {
  const own = RESTS_ON.find(([prefix]) => kind.startsWith(prefix));
  if (own) return endpoints.filter((endpoint) => endpoint.includes(own[1]));
  return endpoints.filter((endpoint) => !RESTS_ON.some(([, other]) => endpoint.includes(other)));
}

/** The message of the source, where the finding has kept one. */
function reasonOf({ evidence }: FindingChange): string | null {
  const reason = textOf(objectOf(evidence).reason);
  return reason === null ? null : cleanText(reason, 160);
}

const CHANGES = ['NEW', 'WORSE', 'NEWLY_MEASURED', 'NOT_MEASURED', 'RESOLVED', 'BETTER'];

/** What is new or worse first, the most severe before the others. */
export const keyOfFinding = (row: FindingRow) => [
  Math.max(0, CHANGES.indexOf(row.change) - 1),
  SEVERITIES.indexOf(row.severity ?? row.severity_before ?? 'low'),
  row.source_id,
  row.finding_id,
];
