// Where the bundle starts: `dr365 mcp`, without the other commands.
import { join } from 'node:path';
import { config as readDotenv } from 'dotenv';
import { mcpCommand } from '../cli/mcp.ts';
import { reportError } from '../cli/report.ts';
import { loadConfig, projectRoot } from '../config/config.ts';
import { AnswerError } from '../mcp/errors.ts';
import { runMcp } from '../mcp/main.ts';
import { explainMissing, takePlaceholders } from './placeholders.ts';

/** @returns the exit code */
async function start(args: string[]): Promise<number> {
  const missing = takePlaceholders(process.env);
  readDotenv({ path: join(projectRoot(), '.env'), quiet: true });
  try {
    return missing.length > 0 ? await runNotSetUp(explainMissing(missing)) : await mcpCommand(args);
  } catch (error) {
    return reportError(error);
  }
}

/** A server that says what is missing, in the log and as the answer to each question, instead of one that is not there. */
async function runNotSetUp(message: string): Promise<number> {
  process.stderr.write(`dr365: ${message}\n`);
  const open = () => Promise.reject(new AnswerError(message));
  return runMcp(loadConfig({}), { store: { open, close: async () => {} } });
}

void start(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
