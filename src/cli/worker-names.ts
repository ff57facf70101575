import { ADVISORS, type Advising } from '../../workers/advisors.ts';
import { type Collecting, WORKERS } from '../../workers/main.ts';
import { ConfigError } from '../errors.ts';

const COLLECTORS = Object.keys(WORKERS) as Collecting[];
const ADVISING = Object.keys(ADVISORS) as Advising[];

/**
 * The workers that arguments name, all where they name none: `health rto`, `--only health,rto`, `--only=health,rto`.
 * @throws ConfigError that names all workers
 */
export function chosenWorkers(args: readonly string[]): { collectors: Collecting[]; advisors: Advising[] } {
  const names = args.flatMap((arg, at) => namesOf(arg, args[at - 1], args[at + 1]));
  const unknown = names.find((name) => ![...COLLECTORS, ...ADVISING].includes(name as Collecting));
  if (unknown !== undefined) throw wrong(`${JSON.stringify(unknown)} was given`);
  const isChosen = (name: string) => names.length === 0 || names.includes(name);
  return { collectors: COLLECTORS.filter(isChosen), advisors: ADVISING.filter(isChosen) };
}

function namesOf(arg: string, before: string | undefined, after: string | undefined): string[] {
  if (arg === '--only') {
    if (after === undefined || after.startsWith('-')) throw wrong('--only was given without any');
    return [];
  }
  if (arg.startsWith('--only=')) return listOf(arg.slice('--only='.length));
  return before === '--only' ? listOf(arg) : [arg];
}

function listOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name === '')) throw wrong('--only was given without any');
  return names.filter(Boolean);
}

const wrong = (what: string) =>
  new ConfigError(
    `workers takes names of workers, --only with names and commas between them, or nothing for all; ${what}: there are ${[...COLLECTORS, ...ADVISING].join(', ')}`,
  );
