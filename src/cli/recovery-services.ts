import { parseArgs } from 'node:util';
import { loadRecoveryServices } from '../config/recovery-services.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import { runRecoveryServices } from '../recovery-services/main.ts';

/** `dr365 recovery-services [--config FILE] [--verbose]`: the MCP server of Azure Backup on stdin and stdout. */
export async function recoveryServicesCommand(args: string[]): Promise<number> {
  const { config, verbose } = readArguments(args);
  const settings = loadRecoveryServices(process.env, { configFile: config });
  return runRecoveryServices(settings, { log: createLog(verbose ? 'debug' : 'info') });
}

function readArguments(args: string[]): { config: string | undefined; verbose: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: { config: { type: 'string' }, verbose: { type: 'boolean' } },
    });
    return { config: values.config, verbose: values.verbose ?? false };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`recovery-services takes --config FILE and --verbose: ${message}`, { cause });
  }
}
