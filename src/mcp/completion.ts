import type { ToolContext } from './registry.ts';
import type { Complete, Prompt, Suggestions } from './registry-prompts.ts';
import { findNamed } from './registry-prompts.ts';
import type { ResourceTemplate } from './registry-resources.ts';

type Reference = { type: string; name?: string | undefined; uri?: string | undefined };

export type CompletionQuestion = {
  ref: Reference;
  argument: string;
  typed: string;
  /** What was chosen for other arguments before. */
  chosen: Record<string, string>;
};

/** Suggestions for an argument of a prompt or a part of a resource's address; none for what takes any text. */
export async function completeArgument(
  known: { prompts: readonly Prompt[]; templates: readonly ResourceTemplate[] },
  { ref, argument, typed, chosen }: CompletionQuestion,
  context: ToolContext,
): Promise<Suggestions> {
  const complete = ref.type === 'ref/prompt' ? ofPrompt() : ofTemplate();
  return complete ? complete(typed, chosen, context) : { values: [], total: 0 };

  function ofPrompt(): Complete | undefined {
    const prompt = findNamed(known.prompts, ref.name ?? '', 'prompt');
    return findNamed(prompt.arguments, argument, 'argument').complete;
  }

  function ofTemplate(): Complete | undefined {
    const templates = known.templates.map((template) => ({ ...template, name: template.uriTemplate }));
    const { complete } = findNamed(templates, ref.uri ?? '', 'template');
    return Object.hasOwn(complete, argument) ? complete[argument] : undefined;
  }
}
