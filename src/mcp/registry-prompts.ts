import { AnswerError } from './errors.ts';
import type { ToolContext } from './registry.ts';
import { nearestNames } from './suggest.ts';
import { cleanText } from './untrusted.ts';

/** What a person may mean who typed so much: values, the best first; how many there are in all. */
export type Suggestions = { values: string[]; total: number };

/** @param chosen what was chosen for other arguments before */
export type Complete = (
  typed: string,
  chosen: Record<string, string>,
  context: ToolContext,
) => Promise<Suggestions>;

export type PromptArgument = {
  name: string;
  description: string;
  required: boolean;
  complete?: Complete;
};

/** A question that people pick from a menu. It only asks: all facts come from the tools that it names. */
export type Prompt = {
  name: string;
  title: string;
  description: string;
  arguments: readonly PromptArgument[];
  /** The question as the person would put it. Arguments are cleaned, and absent if empty. */
  ask: (args: Record<string, string | undefined>) => string;
};

const LONGEST_ARGUMENT = 200;

/**
 * The text of a prompt.
 * @throws AnswerError for a prompt or an argument that does not exist, or one that is missing
 */
export function askPrompt(
  prompts: readonly Prompt[],
  name: string,
  given: Record<string, string>,
): { description: string; text: string } {
  const prompt = findNamed(prompts, name, 'prompt');
  const known = prompt.arguments.map((argument) => argument.name);
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    throw new AnswerError(
      `unknown argument ${cleanText(key, 64)}; ${name} takes: ${known.join(', ') || 'none'}.`,
    );
  }
  const args = Object.fromEntries(
    known.map((key) => [key, cleanText(given[key] ?? '', LONGEST_ARGUMENT) || undefined]),
  );
  const missing = prompt.arguments.filter(
    (argument) => argument.required && args[argument.name] === undefined,
  );
  if (missing.length > 0)
    throw new AnswerError(`${name} needs ${missing.map((one) => one.name).join(', ')}.`);
  return { description: prompt.description, text: prompt.ask(args) };
}

/** @throws AnswerError that names the nearest ones */
export function findNamed<T extends { name: string }>(known: readonly T[], name: string, noun: string): T {
  const found = known.find((one) => one.name === name);
  if (found) return found;
  const names = known.map((one) => one.name);
  const [nearest] = nearestNames(name, names, 1);
  throw new AnswerError(
    `there is no ${noun} ${JSON.stringify(cleanText(name, 64))}; did you mean ${nearest}? There are: ${names.join(', ')}.`,
  );
}
