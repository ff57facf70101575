import { causeHypothesis, causeRule, causeWeight, citesOfIncident, fixJobs, runsAgain } from '../causes.ts';
import { cites, percent, type Rule, say } from '../rule.ts';

/** What stands between source and repository: proxies, hosts, network, time and resources. */
export const INFRASTRUCTURE_RULES: readonly Rule[] = [
  {
    id: 'gap.proxy-down',
    type: 'gap',
    scopes: ['job', 'incident', 'workload'],
    title: 'A proxy is down or missing',
    when: (of) => {
      const said = causeWeight(of, 'PROXY') ?? 0;
      const isSuspect = of.incident?.suspectKind === 'proxy' ? 0.85 : 0;
      const weight = Math.max(said, isSuspect);
      if (weight === 0) return null;
      return Math.min(0.98, weight + (of.facts.estate.offlineProxies > 0 ? 0.08 : 0));
    },
    hypothesis: (of) => {
      const { estate } = of.facts;
      const base = causeHypothesis(of, 'PROXY', 'A proxy does not work for these jobs');
      const text = `${base.text} ${say(estate.offlineProxies)} of ${say(estate.proxies)} proxies are offline.`;
      return {
        text,
        cites: [...base.cites, ...citesOfIncident(of), ...cites(estate, 'offlineProxies', 'proxies')],
      };
    },
    steps: [
      {
        text: 'Which proxy did the failed tasks use? Backup Infrastructure > Backup Proxies: its state.',
        minutes: 10,
      },
      { text: 'Host up? Veeam Data Mover service (6162) running? Disk of the host full?', minutes: 15 },
      { text: 'Jobs with a fixed proxy: does another one with access to the storage exist?', minutes: 10 },
    ],
    options: [
      {
        id: 'restart-proxy',
        text: 'Bring the proxy back: start host and services, then rescan it',
        steps: [
          'Start the host; start the Veeam Data Mover and Veeam Installer services.',
          'Rescan the server in Managed Servers.',
          'Remove hot-added disks that an aborted task left on the proxy, before anything else runs on it.',
        ],
        prerequisites: ['Access to the host of the proxy'],
        risks: [
          'Deleting a leftover hot-added disk instead of detaching it destroys the disk of the machine',
        ],
        rollback: 'Disable the proxy again; jobs use another one.',
        verification: 'The proxy is online and a job that failed goes through it.',
        hours: [0.5, 2],
        effect: fixJobs,
      },
      {
        id: 'use-other-proxies',
        text: 'Let the jobs choose among all proxies instead of one',
        steps: [
          'Job > Storage > Backup proxy: automatic selection, or add a second proxy.',
          'See that the others have task slots to spare at that time.',
        ],
        prerequisites: ['Another proxy with access to the same storage and network'],
        risks: ['Without storage access transport falls back to NBD and the window grows'],
        rollback: 'Choose the fixed proxy again.',
        verification: 'The job runs while the first proxy is off.',
        hours: [0.5, 1.5],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
  causeRule({
    id: 'gap.network',
    title: 'Connections break or are refused',
    cause: 'NETWORK',
    meaning: 'Name resolution, routing or a firewall stands between the components',
    steps: [
      { text: 'From where to where? Resolve both names in both directions.', minutes: 15 },
      {
        text: 'Ports: 443 and 902 to vSphere, 6160, 6162 and 2500 to 3300 between Veeam components, 445 and RPC to guests. Windows: Test-NetConnection HOST -Port 6162',
        minutes: 25,
      },
      {
        text: 'Switch and firewall logs at the times of the failures; idle time-outs shorter than the job.',
        minutes: 30,
      },
    ],
    options: [
      {
        id: 'open-path',
        text: 'Mend the path: record, route or firewall rule between the two hosts',
        steps: [
          'Add the missing record or rule for exactly these hosts and ports.',
          'Raise the idle time-out of the firewall for these connections.',
          'Start a failed job by hand.',
        ],
        prerequisites: ['Approval by the network team'],
        risks: ['Rules that are too wide open the backup network'],
        rollback: 'Remove the rule.',
        verification: 'The job runs, and no reconnect is in its log.',
        hours: [1, 4],
      },
    ],
  }),
  causeRule({
    id: 'gap.timeout',
    title: 'Runs do not end in time',
    cause: 'TIMEOUT',
    meaning: 'Operations or the backup window run out of time',
    steps: [
      { text: 'Which operation timed out: a snapshot, a guest operation, the window, storage?', minutes: 20 },
      {
        text: 'Bottleneck statistics of the job (source, proxy, network, target), now against a month ago.',
        minutes: 25,
      },
      { text: 'Which other jobs, scans or patches run at that time?', minutes: 20 },
    ],
    options: [
      {
        id: 'spread-load',
        text: 'Move the start of the job away from others that use the same storage',
        steps: [
          'Shift the start, or chain it less tightly.',
          'Limit concurrent tasks of the repository if the target is the bottleneck.',
        ],
        prerequisites: ['Schedule of all jobs on that storage'],
        risks: ['The run may reach into working hours'],
        rollback: 'Set the former schedule.',
        verification: 'Duration is back to its usual value for three runs.',
        hours: [0.5, 2],
      },
      {
        id: 'more-capacity-to-run',
        text: 'Add task slots or a proxy where the bottleneck is',
        steps: [
          'Add a proxy or processors to the existing one.',
          'Raise concurrent tasks to what processors and memory allow, not beyond.',
        ],
        prerequisites: ['The bottleneck is source or proxy, not the target'],
        risks: ['More parallel reads load production storage'],
        rollback: 'Lower the slots again.',
        verification: 'The run ends inside its window for three runs.',
        hours: [2, 4],
      },
    ],
  }),
  causeRule({
    id: 'gap.service-down',
    title: 'A service or host does not answer',
    cause: 'SERVICE_DOWN',
    meaning: 'A service or host that the runs need is down',
    steps: [
      {
        text: 'Which service on which host? Its state and its last start; pending reboot after updates.',
        minutes: 15,
      },
      { text: 'Event log of that host at the first failure; free disk and memory.', minutes: 25 },
    ],
    options: [
      {
        id: 'start-service',
        text: 'Start the service, and find out why it stopped',
        steps: [
          'Start it and set it to start by itself.',
          'Mend what stopped it: password of the service account, full disk, failed update.',
          'Rescan the server, start a failed job.',
        ],
        prerequisites: ['Access to the host'],
        risks: ['Restarting the Veeam Backup Service ends all jobs that run'],
        rollback: 'None needed.',
        verification: 'The service survives a night of jobs.',
        hours: [0.5, 2],
      },
    ],
  }),
  causeRule({
    id: 'gap.resources',
    title: 'Memory, slots or requests run out',
    cause: 'RESOURCES',
    meaning: 'A component has too few resources for what runs at the same time',
    steps: [
      { text: 'Memory, processors and task slots of proxy and repository during the window.', minutes: 25 },
      { text: 'Object storage and cloud: throttling (429) and request limits of the account.', minutes: 15 },
    ],
    options: [
      {
        id: 'fit-concurrency',
        text: 'Fit concurrent tasks to the resources: 1 core and 2 GB per proxy task as a rule',
        steps: [
          'Lower the concurrent tasks of the component that runs out, or enlarge it.',
          'Spread the starts of jobs.',
        ],
        prerequisites: ['Numbers of a whole window'],
        risks: ['Fewer tasks make the window longer'],
        rollback: 'Set the former number.',
        verification: 'No run names resources for three nights.',
        hours: [1, 3],
      },
    ],
  }),
  {
    id: 'gap.shared-part',
    type: 'gap',
    scopes: ['incident'],
    title: 'Jobs that share a part failed together',
    when: ({ incident }) =>
      incident?.suspectKind && incident.suspectKind !== 'message' && (incident.suspectLift ?? 0) > 1
        ? Math.min(0.75, 0.4 + 0.1 * (incident.suspectLift ?? 1))
        : null,
    hypothesis: (of) => ({
      text: `${say(of.incident?.failedJobs)} of ${say(of.incident?.activeJobs)} jobs that ran then failed together; they use the same ${kindOf(of.incident?.suspectKind)} ${say(of.incident?.suspectLift)} times as often as the others. By chance so many fail with probability ${chance(of.incident?.tailProbability)}.`,
      cites: [...citesOfIncident(of), ...cites(of.incident, 'tailProbability')],
    }),
    steps: [
      { text: 'State and events of the shared part in the minutes before the first failure.', minutes: 20 },
      { text: 'What was changed there: updates, reboots, maintenance, network?', minutes: 20 },
      { text: 'Does a job that uses another part, but the same machines, run?', minutes: 20 },
    ],
    options: [
      {
        id: 'mend-shared-part',
        text: 'Mend or go around the shared part once, instead of each job',
        steps: [
          'Bring the part back, or take it out of use (disable the proxy, put the extent in maintenance).',
          'Start one of the jobs by hand, then the rest together, in small groups.',
        ],
        prerequisites: ['The part is confirmed as the cause'],
        risks: ['All jobs at once after an outage overload what is left'],
        rollback: 'Put the part back into use.',
        verification: 'All jobs of the incident had a usable run since.',
        hours: [1, 4],
        effect: fixJobs,
      },
    ],
    verify: runsAgain,
  },
];

const kindOf = (kind: string | null | undefined) =>
  kind === 'proxy' || kind === 'repository' || kind === 'host' ? kind : 'part';

const chance = (p: number | null | undefined) =>
  p !== null && p !== undefined && p < 0.001 ? 'below 0.1 %' : percent(p);
