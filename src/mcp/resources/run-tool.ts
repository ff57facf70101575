import type { ToolAnswer } from '../registry.ts';
import { findNamed } from '../registry-prompts.ts';
import type { ResourceContext } from '../registry-resources.ts';

/** The answer of a tool as the tool gives it. @throws AnswerError as the tool does, and for a tool that does not exist */
export async function runTool(
  { tools, ...context }: ResourceContext,
  name: string,
  args: Record<string, unknown>,
): Promise<ToolAnswer<Record<string, unknown>>> {
  return findNamed(await tools(), name, 'tool').run(args, context);
}
