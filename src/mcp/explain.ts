import type * as z from 'zod';
import { nearestNames } from './suggest.ts';
import { cleanText } from './untrusted.ts';

/** That there is no such tool, and which there are. */
export function explainToolName(names: readonly string[], name: string): string {
  return `there is no tool ${JSON.stringify(cleanText(name, 64))}; did you mean ${nearestNames(name, names, 1)[0]}? The tools are: ${names.join(', ')}.`;
}

/** What is wrong with arguments, a line for each, in the words of who made the tool. */
export function explainArguments(error: z.ZodError, input: z.ZodObject): string {
  const valid = Object.keys(input.shape);
  return error.issues.map((issue) => explainIssue(issue, valid)).join('\n');
}

function explainIssue(issue: z.core.$ZodIssue, valid: string[]): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => {
        const [nearest] = nearestNames(key, valid, 1);
        return `unknown argument ${cleanText(key, 64)} (did you mean ${nearest}?); this tool takes: ${valid.join(', ')}.`;
      })
      .join('\n');
  }
  const name = issue.path.map(String).join('.');
  return name
    ? `${name}: ${issue.message}.`
    : `the arguments have to be an object with: ${valid.join(', ')}.`;
}
