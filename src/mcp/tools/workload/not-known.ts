import { arrayOf, objectOf } from '../../json.ts';
import { cleanText } from '../../untrusted.ts';
import { runOn } from '../find/several-workers.ts';
import type { Worker, WorkloadScope } from './answer.ts';
import type { MachineFacts } from './read-machine.ts';
import type { MaybeSame } from './shape.ts';

/** What could not be said of a machine, and why; of several machines with their source. */
export function notKnown(scope: WorkloadScope, facts: MachineFacts, isOneOfSeveral: boolean): string[] {
  const { sourceId } = facts.machine;
  const lines = [
    ...unmeasured(scope, facts),
    ...uncounted(facts),
    ...withoutRun(scope, facts),
    ...unsure(facts),
  ];
  return isOneOfSeveral ? lines.map((line) => `${line} (source ${sourceId})`) : lines;
}

/** Nothing is taken as one machine that is not sure. */
export const notSure = (maybe: readonly MaybeSame[]): string[] =>
  maybe.length > 0
    ? [
        `Whether ${maybe.length} workloads of other sources are the same machine: nothing of theirs counts here ([machines] in dr365.toml says so for sure).`,
      ]
    : [];

function unmeasured({ workers }: WorkloadScope, { machine, recovery, risk, compliance }: MachineFacts) {
  if (machine.goneAt) return [];
  const hasRisks = runOn(workers.of.risk, machine.sourceId) !== undefined;
  return [
    ...(recovery ? [] : ['RPO, RTO and points: the last run of the rto worker concluded nothing about it.']),
    ...(hasRisks && !risk ? ['Its risk: the last run of the risk worker has no item about it.'] : []),
    ...(hasRisks && !compliance
      ? ['Whether 3-2-1-1-0 is kept: the last run of the risk worker does not say.']
      : []),
  ];
}

/** Sources that may hold copies of it, as the risk worker found them unread. */
const uncounted = ({ compliance }: MachineFacts): string[] =>
  arrayOf(objectOf(compliance?.digits).not_known).flatMap((text) =>
    typeof text === 'string'
      ? [`Whether it has more copies than are seen here: ${cleanText(text, 300)}.`]
      : [],
  );

const LOST: [worker: Worker, what: string][] = [
  ['health', 'How its jobs run, and malware events'],
  ['efficiency', 'Unusual backups'],
  ['risk', 'Its risk and 3-2-1-1-0'],
  ['remediation', 'Plans'],
];

const withoutRun = ({ workers }: WorkloadScope, { machine }: MachineFacts) =>
  LOST.flatMap(([worker, what]) =>
    runOn(workers.of[worker], machine.sourceId)
      ? []
      : [`${what}: no run of the ${worker} worker had concluded.`],
  );

function unsure({ recovery, backups, jobs, malware, machine }: MachineFacts): string[] {
  const byName = malware.filter(({ matchedBy }) => matchedBy === 'NAME_OF_SEVERAL').length;
  const known = new Set(jobs.map(({ jobId }) => jobId));
  const unknownJobs = new Set(backups.flatMap(({ jobId }) => (jobId && !known.has(jobId) ? jobId : [])));
  return [
    ...(recovery && recovery.sizeBytes === null ? ['Its size.'] : []),
    ...(recovery?.immutableBasis === 'UNKNOWN' ? ['How long its points cannot be deleted.'] : []),
    ...(!machine.goneAt && backups.length === 0 ? ['Which backups hold it: none that is known.'] : []),
    ...(unknownJobs.size > 0
      ? [`How ${unknownJobs.size} of the jobs of its backups run: the list of jobs lacks them.`]
      : []),
    ...(byName > 0
      ? [
          `Whether ${byName} malware events are about it: they give a name that several machines of the source have.`,
        ]
      : []),
  ];
}
