import { ConfigError } from '../errors.ts';

/** @throws ConfigError if a command that takes no arguments is given some */
export function noArguments(command: string, args: string[]): void {
  if (args.length > 0)
    throw new ConfigError(`${command} takes no arguments, ${JSON.stringify(args[0])} was given`);
}
