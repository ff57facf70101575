import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Answer, openAsking, type Row } from '../contract/asking.ts';
import { assertContract } from '../contract/rules.ts';
import { assertFields, assertSameBut, assertShown, leavesOf, paddingFor } from './compare.ts';
import { copyWithTexts } from './hostile-rows.ts';
import { collectMarked, type MarkedEstate } from './marked-estate.ts';
import { createMarks, type Kind, marksIn } from './marks.ts';
import { PAYLOADS } from './payloads.ts';
import { type Question, questionsFor } from './questions.ts';

const KINDS: readonly Kind[] = ['job', 'message', 'name'];
/** Postgres holds no such character; that a server may send it is tested by itself. */
const STORED = PAYLOADS.map((payload) => payload.replaceAll('\0', ''));

const marks = createMarks();
let estate: MarkedEstate;
let asked: Asked[];
let shown: Record<Kind, string[]>;

before(async () => {
  estate = await collectMarked(marks);
  await using asking = openAsking(estate.database);
  const questions = await questionsFor(asking, estate.now);
  asked = [];
  for (const question of questions)
    asked.push({ question, answer: await asking.ask(question.tool, question.args, estate.now) });
  shown = marksShown(asked.map(({ answer }) => answer));
  await estate.database.close(); // it is copied
});

after(() => estate?.database.close());

function marksShown(answers: readonly Answer[]): Record<Kind, string[]> {
  const found = new Map(answers.flatMap(marksOf).map(({ mark, kind }) => [mark, kind]));
  const of = (kind: Kind) => [...found].filter(([, one]) => one === kind).map(([mark]) => mark);
  return { job: of('job'), message: of('message'), name: of('name') };
}

test('what a server sends stands in fields of its own, and in no sentence of ours', () => {
  const sent = [...marks.texts];
  assert.ok(asked.length >= 80);
  for (const { question, answer } of asked) {
    const where = JSON.stringify(question);
    assertFields(answer, sent, where);
    assertContract(question.tool, answer);
  }
});

/** Payloads for all marks; those that are shown get the next ones in each round. */
function textsOfRound(round: number): Map<string, string> {
  const all = KINDS.flatMap((kind) =>
    shown[kind].map((mark, index) => {
      const text = STORED[(index + round * shown[kind].length) % STORED.length] ?? '';
      return [mark, text] as const;
    }),
  );
  return new Map(all);
}

test('200 hostile texts in names of jobs, in other names and in messages change the fields that show them and nothing else', async () => {
  const fewest = Math.min(...KINDS.map((kind) => shown[kind].length));
  const rounds = Math.ceil(STORED.length / fewest);
  const put: Record<Kind, Set<string>> = { job: new Set(), message: new Set(), name: new Set() };
  for (let round = 0; round < rounds; round += 1) {
    const texts = textsOfRound(round);
    for (const kind of KINDS) for (const mark of shown[kind]) put[kind].add(texts.get(mark) ?? '');
    const padding = new Map([...texts].map(([mark, text]) => [mark, paddingFor(text)]));
    await using plainly = openAsking(await copyWithTexts(estate.database.settings, padding));
    await using hostilely = openAsking(await copyWithTexts(estate.database.settings, texts));
    const going = KINDS.filter((kind) => round * shown[kind].length < STORED.length);
    for (const { question } of round === 0 ? asked : thatShow(going)) {
      const { tool, args } = question;
      const plain = await plainly.ask(tool, argsOn(args, padding), estate.now);
      const hostile = await hostilely.ask(tool, argsOn(args, texts), estate.now);
      try {
        assertSameBut(plain, hostile, texts);
      } catch (cause) {
        throw new Error(`round ${round}: ${JSON.stringify(question)}`, { cause });
      }
    }
  }
  for (const kind of KINDS) assert.equal(put[kind].size, STORED.length, kind);
});

type Asked = { question: Question; answer: Answer };

const marksOf = ({ data: { next_cursor, ...data } }: Answer) =>
  next_cursor === null ? [] : marksIn(JSON.stringify(data));

/** Few questions whose answers show all marks of these kinds between them. */
function thatShow(kinds: readonly Kind[]): Asked[] {
  const left = new Set(kinds.flatMap((kind) => shown[kind]));
  const newIn = ({ answer }: Asked) =>
    new Set(
      marksOf(answer)
        .map(({ mark }) => mark)
        .filter((mark) => left.has(mark)),
    );
  const chosen: Asked[] = [];
  while (left.size > 0) {
    const best = asked.reduce((one, other) => (newIn(other).size > newIn(one).size ? other : one));
    for (const mark of newIn(best)) left.delete(mark);
    chosen.push(best);
  }
  return chosen;
}

/** Ids that hold a name hold the hostile one. */
function argsOn(args: Row, texts: ReadonlyMap<string, string>): Row {
  const put = (value: unknown) =>
    typeof value === 'string'
      ? marksIn(value).reduce(
          (text, { mark }) => text.replace(mark, () => `${mark} ${texts.get(mark)}`),
          value,
        )
      : value;
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, put(value)]));
}

test('hostile texts as arguments are answered or refused in our words, with the text cleaned, cut and quoted', async () => {
  await using asking = openAsking(await copyWithTexts(estate.database.settings, new Map()));
  const takes: [string, string][] = [
    ['find', 'name'],
    ['get_health_status', 'job'],
    ['get_workload', 'workload'],
    ['get_capacity_forecast', 'repository'],
    ['analyze_risks', 'item'],
    ['get_remediation_plan', 'risk'],
    ['explain_failure', 'workload'],
    ['get_efficiency_metrics', 'source'],
    ['get_recovery_performance', 'as_of'],
    ['what_changed', 'since'],
    ['get_data_freshness', 'cursor'],
  ];
  for (const [index, payload] of PAYLOADS.entries()) {
    const [tool = '', argument = ''] = takes[index % takes.length] ?? [];
    const result = await asking.call(tool, { [argument]: payload.slice(0, 190) }, estate.now);
    const where = `${tool} ${argument} ${JSON.stringify(payload)}`;
    assert.doesNotMatch(result.text, /internal error/, where);
    assertShown(result.text, where);
    if (!result.isError) assertContract(tool, { text: result.text, data: result.structured });
    const bare = result.text.replace(/"(?:[^"\\\n]|\\.)*"/g, '""').replace(/`[^`\n]*`/g, '``');
    for (const word of ['evil.example', 'previous instructions', '<script', 'drop table'])
      assert.ok(!bare.includes(word), `${where}: ${result.text}`);
  }
});

test('a server whose every text is hostile is read by all workers and judged as one whose texts are plain', async () => {
  let count = 0;
  const hostile = createMarks((text, mark, kind) => {
    const payload = `${PAYLOADS[count++ % PAYLOADS.length]}${count % 5 === 0 ? '\ud800' : ''}`;
    return kind === 'message' ? `${mark} ${text} ${payload}` : `${text} ${mark} ${payload}`;
  });
  const other = await collectMarked(hostile);
  await using database = other.database;
  await using asking = openAsking(database);
  for (const { question, answer } of asked) {
    const { tool, args } = question;
    const found = await asking.ask(tool, args, other.now);
    const where = JSON.stringify(question);
    assertShown(found.text, where);
    for (const { text } of leavesOf(found.data)) assertShown(text, where);
    if (WITHOUT_MESSAGES.test(tool)) assert.equal(figuresOf(found), figuresOf(answer), where);
  }
});

/** Tools whose figures no message of a run has a part in: others group runs by what their messages say. */
const WITHOUT_MESSAGES = /capacity|efficiency|recovery|freshness|workload/;

/** What is said in numbers and in our own sentences. */
function figuresOf({ data }: Answer): string {
  const { summary, not_known } = data;
  return JSON.stringify({ summary, not_known });
}
