import assert from 'node:assert/strict';
import { TOOLS } from '../../../src/mcp/tools.ts';
import type { TestDatabase } from '../../support/database.ts';
import { contentsOf, numbersIn } from '../../support/numbers.ts';
import type { Answer, Row } from './asking.ts';

const BASE = ['summary', 'as_of', 'sources', 'completeness', 'not_known', 'next_steps'];
/** Fields by which a row is found again; of each row the text has one of them. */
const NAMES =
  /^(name|.*_name|.*_id|.*_at|endpoint|kind|metric|worker|day|machines|scenario|type|status|category|hazard|tier|scope_type|message|digit)$/;
const MOST_TOKENS = 8_000;

/** What holds of every answer of every tool. */
export function assertContract(tool: string, { text, data }: Answer): void {
  const where = `${tool}: ${text.slice(0, 200)}`;
  for (const field of BASE) assert.ok(field in data, `${field} of ${where}`);
  for (const number of numbersIn(String(data.summary)))
    assert.ok(text.includes(number), `${number} of ${where}`);
  assert.ok(text.includes(String(data.as_of)), where);
  assert.equal(new Date(String(data.as_of)).toISOString(), data.as_of);
  const tokens = (text.length + JSON.stringify(data).length) / 4;
  assert.ok(tokens <= MOST_TOKENS, `${tokens} tokens, ${where}`);
  assertNumbers(text, data, where);
  assertRowsInText(text, data, where);
  assertSteps(data, where);
  assertLeftOut(text, data, where);
}

/** Every number of the text is one of the structured content. */
function assertNumbers(text: string, data: Row, where: string): void {
  const { numbers, strings } = contentsOf(data);
  const missing = numbersIn(text).filter((number) => !numbers.has(number) && !strings.includes(number));
  assert.deepEqual(missing, [], where);
}

/** Every row of every list is in the text: by what it is called. */
function assertRowsInText(text: string, data: Row, where: string): void {
  for (const [list, rows] of Object.entries(data)) {
    if (!Array.isArray(rows)) continue;
    for (const row of rows as unknown[]) {
      if (row === null || typeof row !== 'object') continue;
      const marks = Object.entries(row).flatMap(([field, value]) =>
        NAMES.test(field) && (typeof value === 'string' || typeof value === 'number') ? [String(value)] : [],
      );
      const shown = marks.some((mark) => text.includes(toShown(mark)));
      assert.ok(
        marks.length === 0 || shown,
        `${list} ${JSON.stringify(row).slice(0, 300)} is not in ${where}`,
      );
    }
  }
}

const toShown = (mark: string) => mark.replaceAll('`', "'").replaceAll('|', '¦').slice(0, 100);

function assertSteps({ next_steps }: Row, where: string): void {
  const steps = next_steps as { tool: string; arguments: Row }[];
  assert.ok(steps.length <= 3, where);
  for (const step of steps) {
    const tool = TOOLS.find(({ name }) => name === step.tool);
    assert.ok(tool, `${step.tool} of ${where}`);
    const parsed = tool.input.safeParse(step.arguments);
    assert.ok(parsed.success, `${JSON.stringify(step)}: ${parsed.error?.message}`);
  }
}

/** What is left out is said in the text as well. */
function assertLeftOut(text: string, { omitted = {}, next_cursor }: Row, where: string): void {
  for (const count of Object.values(omitted as Row)) assert.ok(text.includes(`${String(count)} more`), where);
  if (typeof next_cursor === 'string') assert.ok(text.includes(`cursor=${next_cursor}`), where);
}

/** Runs and sources that an answer names exist. */
export async function assertRowsExist(database: TestDatabase, answers: readonly Answer[]): Promise<void> {
  const runs = new Set<string>();
  const sources = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (value && typeof value === 'object') {
      for (const [field, part] of Object.entries(value)) {
        if (/(^|_)run_id$/.test(field) && typeof part === 'string') runs.add(part);
        else if (field === 'source_id' && typeof part === 'string') sources.add(part);
        else visit(part);
      }
    }
  };
  for (const { data } of answers) visit(data);
  const { metrics, risk } = await database.as('reader');
  const known = new Set<string>();
  for (const { run_id } of await metrics.db.selectFrom('run').select('run_id').execute()) known.add(run_id);
  for (const { run_id } of await risk.db.selectFrom('run').select('run_id').execute()) known.add(run_id);
  // The runs of a job are known by their last session.
  for (const { session_id } of await metrics.db.selectFrom('session').select('session_id').execute())
    known.add(session_id);
  const ids = (await metrics.db.selectFrom('source').select('source_id').execute()).map(
    ({ source_id }) => source_id,
  );
  assert.deepEqual(
    [...runs].filter((id) => !known.has(id)),
    [],
  );
  assert.deepEqual(
    [...sources].filter((id) => !ids.includes(id)),
    [],
  );
  assert.ok(runs.size > 0 && sources.size > 0);
}
