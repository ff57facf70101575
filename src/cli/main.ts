import { join } from 'node:path';
import { config as readDotenv } from 'dotenv';
import { projectRoot } from '../config/config.ts';
import { reportError } from './report.ts';
import { readSettingsFolders, watchSettingsFolders } from './settings-folder.ts';

const USAGE = `dr365: backup risk intelligence for Veeam Backup & Replication 13 and Azure Backup

  dr365 demo                 try it: a simulated estate, a worker run, questions over MCP
  dr365 migrate              make roles and databases that are missing, bring both forward
  dr365 reader add LOGIN --tenant a,b  a login that sees the sources of some tenants only; list, remove LOGIN
  dr365 source list          backup servers and vaults that are known; retire NAME of one that is no more: it is in no
                             answer about now; resume NAME
  dr365 doctor [--json]      looks at settings, rules, databases, backup server, Azure and last runs
  dr365 worker health        one run of a worker now, on the backup server and on each vault
  dr365 import:capacity FILE older history of repositories from a CSV file
  dr365 import:surebackup FILE results of SureBackup for each machine from JSON lines
  dr365 workers [NAME...]    the workers that are named, or all, by their schedules, until stopped
                             [--only health,rto]
  dr365 status [--json]      of each worker and source: last success, age, completeness, next run; exit code 0
                             also where something is stale
  dr365 maintain [NAME]      the daily maintenance now: partitions, retention, sizes; of metrics, risk, or both
  dr365 notify [--test]      sends what is critical or late to the webhook now (workers do it by themselves), or a test
  dr365 mcp                  the MCP server on stdin and stdout, for Claude Desktop and others
  dr365 mcp --http           the same over HTTP, for clients on other machines (MCP_HTTP_*)
  dr365 recovery-services    the MCP server of Azure Backup, which can change it if its settings say so
                             [--config FILE] [--verbose]
  dr365 simulator --list     a simulated VBR server and Azure; --list names the scenarios

Settings come from the environment and from .env (see .env.example).
Exit codes: 0 done, 1 failed, 2 wrong settings or usage.
`;

type Command = (args: string[]) => Promise<number>;

/** Each command is loaded when it is asked for: the MCP server has to start fast. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  demo: async () => (await import('./demo.ts')).demo,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  reader: async () => (await import('./reader.ts')).readerCommand,
  'import:capacity': async () => (await import('./import-capacity.ts')).importCapacityCommand,
  'import:surebackup': async () => (await import('./import-surebackup.ts')).importSureBackupCommand,
  source: async () => (await import('./source.ts')).sourceCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  workers: async () => (await import('./workers.ts')).workersCommand,
  notify: async () => (await import('./notify.ts')).notifyCommand,
  maintain: async () => (await import('./maintain.ts')).maintainCommand,
  mcp: async () => (await import('./mcp.ts')).mcpCommand,
  'demo:history': async () => (await import('./demo-history.ts')).demoHistoryCommand,
  secrets: async () => (await import('./secrets.ts')).secretsCommand,
  forward: async () => (await import('./forward.ts')).forwardCommand,
  health: async () => (await import('./health.ts')).healthCommand,
  'recovery-services': async () => (await import('./recovery-services.ts')).recoveryServicesCommand,
  simulator: async () => (await import('../simulator/main.ts')).runSimulator,
};

/** The dr365 command. @returns the exit code */
export async function main([name = '', ...args]: string[]): Promise<number> {
  readDotenv({ path: join(projectRoot(), '.env'), quiet: true });
  readSettingsFolders(process.env);
  if (['', 'help', '--help', '-h'].includes(name)) {
    (name === '' ? process.stderr : process.stdout).write(USAGE);
    return name === '' ? 2 : 0;
  }
  const load = COMMANDS[name];
  if (!load) {
    process.stderr.write(`dr365: there is no command ${JSON.stringify(name)}\n\n${USAGE}`);
    return 2;
  }
  try {
    if (name === 'workers' || (name === 'mcp' && args.includes('--http'))) endWhenSettingsChange();
    return await (await load())(args);
  } catch (error) {
    return reportError(error);
  }
}

/** Settings are read at the start: whoever started this starts it again. */
function endWhenSettingsChange(): void {
  watchSettingsFolders(process.env, () => {
    process.stderr.write(
      `${JSON.stringify({ level: 'info', msg: 'settings changed: ending, to be started again' })}\n`,
    );
    process.kill(process.pid, 'SIGTERM');
  });
}
