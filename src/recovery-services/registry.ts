import * as z from 'zod';
import { ArmError } from '../azure/arm-error.ts';
import { AnswerError } from '../mcp/errors.ts';
import { explainArguments } from '../mcp/explain.ts';
import type { AskConsent } from './confirm.ts';
import type { ReadContext, WriteContext } from './context.ts';
import { ToolError } from './errors.ts';
import { type Plan, planSchema } from './plan.ts';
import { errorSchema, metaSchema } from './result.ts';
import type { ShownPlans } from './shown-plans.ts';

export type ToolClass = 'read' | 'write' | 'destructive' | 'local';
type Category = 'vault' | 'registration' | 'policy' | 'protection' | 'backup' | 'recovery' | 'utility';
/** What a tool says: data, and one sentence about them. */
type Answer<Data> = { summary: string; data: Data };

type Annotations = {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
};

type Head<Input extends z.ZodObject, Data extends z.ZodObject> = {
  /** Without the prefix that all tools have. */
  name: string;
  category: Category;
  title: string;
  description: string;
  /** The role in Azure that the identity needs. */
  role: 'Backup Reader' | 'Backup Operator' | 'Backup Contributor';
  input: Input;
  data: Data;
};

type ReadDefinition<Input extends z.ZodObject, Data extends z.ZodObject> = Head<Input, Data> & {
  answer: (args: z.output<Input>, context: ReadContext) => Promise<Answer<z.input<Data>>>;
};

type LocalDefinition<Input extends z.ZodObject, Data extends z.ZodObject> = Head<Input, Data> & {
  answer: (args: z.output<Input>, context: ReadContext) => Promise<Answer<z.input<Data>>>;
};

type WriteDefinition<Input extends z.ZodObject, Data extends z.ZodObject> = Head<Input, Data> & {
  /** `by plan`: some plans of it remove something, and say so themselves. */
  isDestructive: boolean | 'by plan';
  /** false: each call does something more (a backup, a restore). */
  isIdempotent: boolean;
  /** Reads what has to be known, refuses what cannot be done, and says exactly what would be. Changes nothing. */
  prepare: (args: z.output<Input>, context: ReadContext) => Promise<Prepared<z.input<Data>>>;
};

export type Prepared<Data> =
  /** `run` sends what the plan shows. `removes`: of a tool that is destructive by plan, this plan is. */
  | { plan: Plan; run: (context: WriteContext) => Promise<Written<Data>>; removes?: boolean }
  /** Everything is as asked for already. */
  | { unchanged: Data; summary: string };

/** `accepted`: Azure goes on with it, see `operation`. */
export type Written<Data> = {
  summary: string;
  status: 'done' | 'accepted';
  operation?: TrackedOperation | undefined;
  job_id?: string | undefined;
  data?: Data | undefined;
};

export const operationSchema = z.object({
  id: z.string(),
  url_kind: z.enum(['status', 'result']),
  /** For track_async_operation. */
  handle: z.string(),
  poll_again_after_s: z.number(),
});
export type TrackedOperation = z.infer<typeof operationSchema>;

const WRITE_STATES = ['done', 'accepted', 'unchanged', 'dry_run', 'confirmation_required'] as const;

/** What every write answers besides its own data, which are there once it is done. */
const writeShape = {
  status: z.enum(WRITE_STATES),
  plan: planSchema.optional(),
  operation: operationSchema.optional(),
  job_id: z.string().optional(),
  how_to_confirm: z.string().optional(),
};

type Caller = {
  consent: AskConsent;
  shown: ShownPlans;
  writeContext: (context: ReadContext) => WriteContext;
};

export type Tool = {
  name: string;
  category: Category;
  class: ToolClass;
  title: string;
  description: string;
  role: string;
  input: z.ZodObject;
  output: z.ZodObject;
  annotations: Annotations;
  /** Checks the arguments, answers, checks the data. @throws AnswerError, ToolError, SourceError */
  run: (args: unknown, context: ReadContext, caller: Caller) => Promise<Answer<Record<string, unknown>>>;
};

const PREFIX = 'recovery_services_';

/** A tool that changes nothing. */
export function defineRead<Input extends z.ZodObject, Data extends z.ZodObject>(
  definition: ReadDefinition<Input, Data>,
): Tool {
  return toTool(definition, definition.input, definition.data, 'read', READS, definition.answer);
}

/** A tool that changes something of this program and nothing in Azure. */
export function defineLocal<Input extends z.ZodObject, Data extends z.ZodObject>(
  definition: LocalDefinition<Input, Data>,
): Tool {
  const hints = { ...READS, readOnlyHint: false, openWorldHint: false };
  return toTool(definition, definition.input, definition.data, 'local', hints, definition.answer);
}

/**
 * A tool that changes Azure. It gets `dry_run`, and `confirm` if it is or can be destructive; its plan is shown and agreed to before
 * anything is sent.
 */
export function defineWrite<Input extends z.ZodObject, Data extends z.ZodObject>(
  definition: WriteDefinition<Input, Data>,
): Tool {
  const { isDestructive, isIdempotent, prepare, data } = definition;
  const mayDestroy = isDestructive !== false;
  const dry = { dry_run: z.boolean().default(false).describe('Only show what would be done') };
  const confirm = {
    confirm: z
      .boolean()
      .default(false)
      .describe('true: carry out the plan that the call before has shown, if it is still the same'),
  };
  const input = definition.input.extend(mayDestroy ? { ...dry, ...confirm } : dry);
  const output = z.object({ ...data.partial().shape, ...writeShape });
  const hints = {
    readOnlyHint: false,
    destructiveHint: mayDestroy,
    idempotentHint: isIdempotent,
    openWorldHint: true,
  };
  const kind = isDestructive === true ? 'destructive' : 'write';
  return toTool(definition, input, output, kind, hints, async (args, context, caller) => {
    const prepared = await prepare(args as z.output<Input>, context);
    if ('unchanged' in prepared)
      return { summary: prepared.summary, data: { status: 'unchanged', ...prepared.unchanged } };
    const { plan, run } = prepared;
    const { tool, now } = context;
    const { dry_run: isDry, confirm: isConfirmed = false } = args as { dry_run: boolean; confirm?: boolean };
    if (isDry) {
      caller.shown.add(tool, plan, now);
      return {
        summary: `Dry run, nothing was changed. It would: ${plan.action}`,
        data: { status: 'dry_run', plan },
      };
    }
    const destroys = isDestructive === true || prepared.removes === true;
    if (destroys) assertAllowed('destructive', context);
    if (destroys && !(await mayGoOn(plan, isConfirmed, context, caller))) {
      caller.shown.add(tool, plan, now);
      return { summary: unconfirmedSummary(plan, isConfirmed), data: unconfirmed(plan) };
    }
    const {
      summary,
      data: written,
      ...state
    } = await run(caller.writeContext(context)).catch((error: unknown) => {
      // Azure said no and did nothing: what was agreed to may be tried again as it is.
      if (error instanceof ArmError) caller.shown.add(tool, plan, now);
      throw error;
    });
    return { summary: withNext(summary, state.operation), data: { ...state, ...written } };
  });
}

/** What to ask next where Azure goes on. */
function withNext(summary: string, operation: TrackedOperation | undefined): string {
  if (!operation) return summary;
  return `${summary} track_async_operation with the handle tells when it has ended, in ${operation.poll_again_after_s} s at the earliest.`;
}

const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};

function toTool(
  { name, category, title, description, role }: Head<z.ZodObject, z.ZodObject>,
  input: z.ZodObject,
  data: z.ZodObject,
  kind: ToolClass,
  annotations: Annotations,
  // Each caller above has checked the types of its own definition.
  answer: (args: never, context: ReadContext, caller: Caller) => Promise<Answer<Record<string, unknown>>>,
): Tool {
  const strict = z.strictObject(input.shape);
  return {
    name: `${PREFIX}${name}`,
    category,
    class: kind,
    title,
    description,
    role,
    input: strict,
    output: z.object({
      ok: z.boolean(),
      data: data.optional(),
      meta: metaSchema.optional(),
      error: errorSchema.optional(),
    }),
    annotations,
    run: async (args, context, caller) => {
      // Before the arguments: nobody corrects those of a tool that is not allowed.
      assertAllowed(kind, context);
      const parsed = strict.safeParse(args ?? {});
      if (!parsed.success) throw new AnswerError(explainArguments(parsed.error, strict));
      const { summary, data: found } = await answer(parsed.data as never, context, caller);
      return { summary, data: data.parse(found) };
    },
  };
}

/** A person is asked where the client can ask; else `confirm` agrees to exactly the plan that was shown before. */
async function mayGoOn(
  plan: Plan,
  isConfirmed: boolean,
  { signal, tool, now }: ReadContext,
  { consent, shown }: Caller,
): Promise<boolean> {
  const answer = await consent(plan, signal);
  if (answer === 'cannot be asked for') return isConfirmed && shown.take(tool, plan, now);
  if (answer === 'given') return true;
  throw new ToolError('confirmation_required', `not done: ${plan.action} was not agreed to`, {
    code: 'refused-by-user',
    hint: 'The person at the client said no. Do not try again unless they ask for it.',
  });
}

const unconfirmedSummary = (plan: Plan, isConfirmed: boolean): string =>
  isConfirmed
    ? `Nothing was changed: confirm = true carries out a plan that was shown in the last 15 minutes and is still the same, once, and this one was not shown (or the state has changed since). Confirm it first: ${plan.action}`
    : `Nothing was changed yet. Confirm first: ${plan.action}`;

const unconfirmed = (plan: Plan) => ({
  status: 'confirmation_required' as const,
  plan,
  how_to_confirm:
    'Show the plan to the person you work for; if they agree, call again with the same arguments and confirm = true.',
});

/** @throws ToolError `writes_disabled` unless the configuration allows tools of this class */
export function assertAllowed(
  kind: ToolClass,
  { settings, tool }: Pick<ReadContext, 'settings' | 'tool'>,
): void {
  const missing = [
    ...(kind !== 'read' && kind !== 'local' && !settings.allowWrites ? ['allow_writes = true'] : []),
    ...(kind === 'destructive' && !settings.allowDestructive ? ['allow_destructive = true'] : []),
  ];
  if (missing.length === 0) return;
  const what = settings.allowWrites ? 'would remove or stop what is protected' : 'changes Azure';
  throw new ToolError('writes_disabled', `${tool} ${what}, and the configuration does not allow that`, {
    code: 'writes-disabled',
    hint: `Who runs this server can set ${missing.join(' and ')} in [recovery_services] and start it again. Reading needs neither.`,
  });
}
