import { AnswerError } from '../errors.ts';
import type { ResourceContext } from '../registry-resources.ts';
import { runTool } from './run-tool.ts';

/** The structured answer of a tool as JSON. @throws AnswerError as the tool does, and if the arguments are no JSON object */
export async function answerOf(parts: Record<string, string>, context: ResourceContext): Promise<string> {
  const { structured } = await runTool(context, parts.tool ?? '', argumentsOf(parts.arguments ?? ''));
  return JSON.stringify(structured);
}

function argumentsOf(text: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(text);
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return { ...args };
  } catch (cause) {
    throw new AnswerError(
      'the last part of the address has to be a JSON object of arguments, percent-encoded.',
      {
        cause,
      },
    );
  }
  throw new AnswerError('the last part of the address has to be a JSON object, such as {}.');
}
