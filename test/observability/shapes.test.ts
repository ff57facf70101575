import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { NOTIFY_FORMATS } from '../../src/config/observability.ts';
import {
  type Content,
  type CriticalEntry,
  NOTHING_MORE,
} from '../../src/observability/notifications/content.ts';
import { createPoster } from '../../src/observability/notifications/post.ts';
import { toBody } from '../../src/observability/notifications/shapes.ts';
import { createTestDatabase } from '../support/database.ts';
import { addPlan, addRead, after, assess, critical, NOW, SOURCE, startReceiver } from './estate.ts';
import { lookAt } from './look.ts';

const HOSTILE = [
  '<!channel> <@U123> <https://evil.example|click>',
  '[click](https://evil.example) ![x](https://evil.example/x.png)',
  '<at>Everybody</at> {{DATE(2017-02-14T06:00:00Z)}} ${x} @channel @here',
  '*bold* _under_ ~strike~ `code` &lt;b&gt; & < > :warning:',
  'line\nfeed\r\ttab \u0000nul \u202Egnirts\u200B zero "quote" \\ back',
].join(' | ');

const entry = (text: string): CriticalEntry => ({
  kind: 'critical',
  sourceId: SOURCE,
  source: text,
  itemId: 'WORKLOAD:x',
  what: 'machine',
  name: text,
  score: 83.4,
  scoreLow: 71,
  scoreHigh: 95,
  tier: 1,
  since: NOW.toISOString(),
  because: [text, text],
  first: { plan: text, step: text },
  affectedMachines: 1,
  assumedPoints: 0,
  isMeasured: true,
  asOf: NOW.toISOString(),
});

const contentOf = (entries: Content['entries'], kind: Content['kind'] = 'critical'): Content => ({
  kind,
  asOf: NOW.toISOString(),
  entries,
  more: NOTHING_MORE,
});

/** Every text of a value, whatever its depth. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

test('in Slack no text of a source mentions, links or formats', () => {
  for (const kind of ['critical', 'summary'] as const) {
    const body = toBody('slack', 'id', contentOf([entry(HOSTILE)], kind)) as Record<string, unknown>;
    for (const text of textsOf(body)) {
      assert.ok(!/<(?!\/)|>/.test(text), text);
      assert.ok(!/&(?!(amp|lt|gt);)/.test(text), text);
      assert.ok(!/@\w|:\/\/|:warning:|`/.test(text.replaceAll(/[`]\u2060/g, '')), text);
    }
    assert.equal(body.parse, 'none');
    assert.equal(body.link_names, false);
    const blocks = body.blocks as {
      type: string;
      text?: { type: string; text: string; verbatim?: boolean };
    }[];
    for (const { text } of blocks) if (text?.type === 'mrkdwn') assert.equal(text.verbatim, true);
  }
});

test('in Teams texts of a source are runs of text, which know no Markdown, and hold no link, mention or template', () => {
  for (const kind of ['critical', 'summary'] as const) {
    const body = toBody('teams', 'id', contentOf([entry(HOSTILE)], kind)) as {
      type: string;
      attachments: {
        contentType: string;
        content: { type: string; version: string; body: { type: string }[] };
      }[];
    };
    const [card] = body.attachments;
    assert.equal(body.type, 'message');
    assert.equal(card?.contentType, 'application/vnd.microsoft.card.adaptive');
    assert.equal(card?.content.type, 'AdaptiveCard');
    assert.ok(card?.content.body.every(({ type }) => type === 'RichTextBlock'));
    for (const text of textsOf(card?.content.body))
      assert.ok(!/\]\(|<at>|<[!@h]|\{\{|\$\{|:\/\//.test(text), text);
  }
});

test('messages stay within what Slack and Teams take, whatever the texts are made of, and no fact is left out', () => {
  for (const character of ['a', '&', '<', '*', '\\', '"', '\u6A5F', '\u{1F600}']) {
    const of = (length: number) => character.repeat(length);
    const longest = {
      ...entry(of(120)),
      source: of(100),
      because: [of(200), of(200), of(200)],
      first: { plan: of(200), step: of(300) },
      affectedMachines: 300,
      assumedPoints: 12,
    };
    for (const many of [
      contentOf([longest]),
      contentOf(
        Array.from({ length: 10 }, () => longest),
        'summary',
      ),
    ]) {
      const card = JSON.stringify(toBody('teams', 'id', many));
      assert.ok(Buffer.byteLength(card) <= 28_000, `Teams, ${character}: ${Buffer.byteLength(card)} bytes`);
      assert.equal(card.split('Do first').length - 1, many.entries.length);
      const { blocks } = toBody('slack', 'id', many) as {
        blocks: { text?: { type: string; text: string } }[];
      };
      assert.ok(blocks.length <= 50);
      for (const { text } of blocks) {
        const most = text?.type === 'plain_text' ? 150 : 3000;
        assert.ok((text?.text.length ?? 0) <= most, `Slack, ${character}: ${text?.text.length}`);
        assert.ok(!/&(?!(amp|lt|gt);)/.test(text?.text ?? ''), 'no escape is cut in two');
      }
      assert.equal(JSON.stringify(blocks).split('*Do first:*').length - 1, many.entries.length);
    }
  }
});

test('a hostile name arrives clean in every shape: one line, nothing hidden', async () => {
  await using database = await createTestDatabase();
  const advisor = await database.as('advisor');
  await addRead(database, NOW);
  for (const [index, format] of NOTIFY_FORMATS.entries()) {
    await using receiver = await startReceiver(undefined, format);
    const item = critical(`x${index}`, {
      name: HOSTILE.replaceAll('\u0000', ''),
      reasons: ['r\n'.repeat(300)],
    });
    await assess(advisor, after(index), [item]);
    if (index === 0) await addPlan(advisor, after(index), item.item_id, 'step');
    const settings = { kinds: ['critical'] as const };
    assert.equal((await lookAt(after(index + 0.5), database, receiver, settings)).sent, 1);
    const [body] = receiver.bodies();
    const texts = textsOf(body).join('\u2028');
    assert.ok(!/(?!\n)\p{Cc}|\u202E|\u200B/u.test(texts), format);
    assert.match(texts, /click/);
  }
});

test('each shape is JSON that was posted to the address as it was set, with the type that says so', async () => {
  for (const format of NOTIFY_FORMATS) {
    await using receiver = await startReceiver(undefined, format);
    const poster = createPoster(receiver.settings);
    const id = randomUUID();
    assert.deepEqual(await poster.post(id, contentOf([], 'test')), { isTaken: true, status: 202 });
    await poster.close();
    const [request] = receiver.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/hooks/very-secret-path');
    assert.equal(request?.query.get('sig'), 'very-secret-too');
    assert.match(String(request?.headers['content-type']), /^application\/json/);
    assert.match(JSON.stringify(receiver.bodies()), /this webhook works/);
  }
});
