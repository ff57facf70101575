import { ConfigError, isSettingAtFault, SourceError } from '../errors.ts';

/** Says on stderr why a command ended early. @returns the exit code */
export function reportError(error: unknown): number {
  if (error instanceof ConfigError || isSettingAtFault(error)) {
    process.stderr.write(`dr365: ${error.message}\n`);
    return 2;
  }
  // What a source said is no mistake of this program: where it was noticed helps nobody.
  if (error instanceof SourceError) {
    process.stderr.write(`dr365: ${error.message}\n`);
    return 1;
  }
  process.stderr.write(`dr365: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
