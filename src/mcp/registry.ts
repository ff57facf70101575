import * as z from 'zod';
import type { MetricsReader, RiskReader } from '../db/connect.ts';
import type { Log } from '../log.ts';
import { toolCalled } from '../observability/signals.ts';
import { AnswerError } from './errors.ts';
import { explainArguments, explainToolName } from './explain.ts';
import { type Drawing, drawPicture, type Picture, wantsPicture } from './picture.ts';
import { tell } from './told.ts';
import { cleanText, withoutHidden } from './untrusted.ts';

/** What a tool may use to answer. */
export type ToolContext = {
  now: Date;
  /** Selects in one read-only snapshot of the metrics database. */
  read: <T>(work: (db: MetricsReader) => Promise<T>) => Promise<T>;
  /** The same of the risk database, beside a snapshot of the metrics database for what the risks are about. */
  readRisk: <T>(work: (risk: RiskReader, metrics: MetricsReader) => Promise<T>) => Promise<T>;
};

/** The same facts twice: some clients show the model the text only, others the structured content only. */
export type ToolAnswer<Output> = { structured: Output; text: string };

type Annotations = {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
};

/** A tool as data. `input` is strict: an argument that does not exist is an error, not something to ignore. */
export type ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> = {
  name: string;
  title: string;
  description: string;
  input: Input;
  output: Output;
  annotations: Annotations;
  drawing?: Drawing<z.output<Output>>;
  answer: (args: z.output<Input>, context: ToolContext) => Promise<ToolAnswer<z.input<Output>>>;
};

/** A tool that reads our database and nothing else. */
export const READS_ONLY: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

export type Tool = Omit<ToolDefinition<z.ZodObject, z.ZodObject>, 'answer' | 'drawing'> & {
  drawing?: Drawing<Record<string, unknown>>;
  /** Checks the arguments, answers, checks the answer. @throws AnswerError about the arguments */
  run: (args: unknown, context: ToolContext) => Promise<ToolAnswer<Record<string, unknown>>>;
};

/** Keeps the types of arguments and answer together inside, and hides them outside. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { answer, drawing, ...rest } = definition;
  return {
    ...rest,
    // What is drawn went through this tool's output schema before.
    ...(drawing ? { drawing: drawing as unknown as Drawing<Record<string, unknown>> } : {}),
    run: async (args, context) => {
      const parsed = definition.input.safeParse(args ?? {});
      if (!parsed.success) throw new AnswerError(explainArguments(parsed.error, definition.input));
      const { structured, text } = await answer(parsed.data, context);
      return withoutHidden({ structured: definition.output.parse(structured), text });
    },
  };
}

export type ToolResult =
  | { isError: false; text: string; structured: Record<string, unknown>; png?: Uint8Array }
  | { isError: true; text: string };

/**
 * Calls a tool by name. What went wrong comes back as an answer: errors written for the person who asks as they are,
 * everything else as "internal error" with a reference whose details are in the log only.
 */
export async function callTool(
  tools: readonly Tool[],
  { name, args }: { name: string; args: unknown },
  context: ToolContext,
  log: Log,
): Promise<ToolResult> {
  const started = performance.now();
  const tool = tools.find((known) => known.name === name);
  const done = (outcome: string, facts: object = {}) => {
    const ms = performance.now() - started;
    toolCalled.send({ tool: tool?.name, outcome, seconds: ms / 1000 });
    log.info({ tool: cleanText(name, 64), outcome, ms: Math.round(ms), ...facts }, 'tool called');
  };
  try {
    if (!tool)
      throw new AnswerError(
        explainToolName(
          tools.map((one) => one.name),
          name,
        ),
      );
    const { text, structured } = await tool.run(args, context);
    const { png, note }: Picture =
      tool.drawing && wantsPicture(args) ? await drawPicture(tool.drawing, structured, log) : {};
    done('answered', { chars: text.length, ...(png ? { pictureBytes: png.length } : {}) });
    return {
      isError: false,
      text: note ? `${text}\n\n${note}` : text,
      structured,
      ...(png ? { png } : {}),
    };
  } catch (error) {
    const { outcome, text, facts } = tell(error, log);
    done(outcome, facts);
    return { isError: true, text };
  }
}
