import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { drawCapacity } from '../../../src/mcp/charts/capacity.ts';
import { woffToTrueType } from '../../../src/mcp/charts/font.ts';
import { drawHealth } from '../../../src/mcp/charts/health.ts';
import { paletteOf } from '../../../src/mcp/charts/palette.ts';
import { toPng } from '../../../src/mcp/charts/png.ts';
import { drawRecovery } from '../../../src/mcp/charts/recovery.ts';
import { drawRisks } from '../../../src/mcp/charts/risk.ts';
import { roundTicks } from '../../../src/mcp/charts/scales.ts';
import { fitText, type Scene, textWidth } from '../../../src/mcp/charts/scene.ts';
import { toSvg } from '../../../src/mcp/charts/svg.ts';
import { addCapacityEstate, ID } from '../../support/capacity-rows.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addEstate } from '../../support/health-rows.ts';
import { type McpSession, startMcp, toEnvironment } from '../../support/mcp-client.ts';
import { addRecoveryEstate } from '../../support/recovery-rows.ts';
import { addRiskRun, addRiskSource, riskEstate } from '../../support/risk-rows.ts';

const AS_OF = '2024-11-20T10:30:00.000Z';
type Args = Record<string, unknown>;

const databases: Record<string, TestDatabase> = {};
const sessions: Record<string, McpSession> = {};

before(async () => {
  const fill: Record<string, (database: TestDatabase) => Promise<unknown>> = {
    capacity: ({ metrics }) => addCapacityEstate(metrics.db),
    health: ({ metrics }) => addEstate(metrics.db),
    recovery: ({ metrics }) => addRecoveryEstate(metrics.db),
    risk: async (database) => {
      await addRiskSource(database);
      await addRiskRun({ risk: (await database.as('advisor')).risk }, riskEstate());
    },
  };
  for (const [name, add] of Object.entries(fill)) {
    const database = await createTestDatabase();
    databases[name] = database;
    await add(database);
  }
  for (const [name, { settings }] of Object.entries(databases))
    sessions[name] = await startMcp(toEnvironment(settings));
});

after(async () => {
  for (const session of Object.values(sessions)) await session[Symbol.asyncDispose]();
  for (const database of Object.values(databases)) await database[Symbol.asyncDispose]();
});

const TOOLS: Record<string, string> = {
  capacity: 'get_capacity_forecast',
  health: 'get_health_status',
  recovery: 'get_recovery_performance',
  risk: 'analyze_risks',
};
const DRAW: Record<string, (answer: never, width: number) => Scene | null> = {
  capacity: drawCapacity,
  health: drawHealth,
  recovery: drawRecovery,
  risk: drawRisks,
};

async function callOf(estate: string, args: Args = {}) {
  const name = TOOLS[estate] ?? '';
  const result = await sessions[estate]?.client.callTool({ name, arguments: { as_of: AS_OF, ...args } });
  assert.ok(result && result.isError !== true, JSON.stringify(result));
  const content = result.content as { type: string; text: string; data: string; mimeType: string }[];
  return { content, data: result.structuredContent as Args };
}

async function sceneOf(estate: string, args: Args = {}, width = 680): Promise<Scene> {
  return draw(estate, (await callOf(estate, args)).data, width);
}

const draw = (estate: string, answer: Args, width: number): Scene =>
  DRAW[estate]?.(answer as never, width) ?? assert.fail(`nothing is drawn of ${JSON.stringify(answer)}`);

const textsOf = ({ shapes }: Scene) => shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));

const ASKED: [estate: string, args: Args][] = [
  ['capacity', { limit: 50 }],
  ...['Repo Voll', 'Repo Täglich', 'Object Store', 'NAS', 'Silent', 'Fresh', 'Scale-out 1'].map(
    (repository): [string, Args] => ['capacity', { repository, history: '90d' }],
  ),
  ['health', {}],
  ['health', { history: '30d' }],
  ['health', { job: 'SQL Nightly' }],
  ['recovery', { limit: 50 }],
  ['recovery', { workload: 'SQL01' }],
  ['risk', { limit: 50 }],
  ['risk', { item: 'sql01' }],
];

test('nothing lies outside its picture, in a narrow and in a wide one', async () => {
  for (const [estate, args] of ASKED) {
    const { data } = await callOf(estate, args);
    for (const width of [300, 480, 1200]) {
      const { shapes, marks, height } = draw(estate, data, width);
      const about = `${estate} ${JSON.stringify(args)} at ${width}`;
      for (const shape of shapes) {
        if (shape.kind === 'text') {
          const wide = textWidth(shape.text, shape.size);
          const left = shape.x - { start: 0, middle: wide / 2, end: wide }[shape.anchor];
          assert.ok(left >= -1 && left + wide <= width + 1, `${about}: ${shape.text}`);
          assert.ok(shape.y > 0 && shape.y <= height, `${about}: ${shape.text}`);
        } else if (shape.kind === 'rect') {
          assert.ok(shape.x >= -1 && shape.x + shape.width <= width + 1, `${about}: rect at ${shape.x}`);
          assert.ok(shape.width >= 0 && shape.height >= 0, `${about}: rect`);
        } else {
          for (const [x, y] of shape.points)
            assert.ok(
              Number.isFinite(x + y) && x >= -1 && x <= width + 1 && y <= height,
              `${about}: path ${x}, ${y}`,
            );
        }
      }
      for (const mark of marks)
        assert.ok(mark.label.length > 3 && !/undefined|NaN|null/.test(mark.label), mark.label);
    }
  }
});

test('what is not known is hatched and said, never drawn as fine', async () => {
  const bars = await sceneOf('capacity', { limit: 50 });
  const silent = bars.marks.find(({ label }) => label.startsWith('Silent')) ?? assert.fail();
  const inRow = bars.shapes.filter(
    (one) => one.kind === 'rect' && one.y >= silent.y && one.y < silent.y + silent.height,
  );
  assert.deepEqual(
    inRow.map((one) => one.kind === 'rect' && one.fill),
    ['unknown'],
  );

  const heat = await sceneOf('risk', { limit: 50 });
  const { data } = await callOf('risk', { limit: 50 });
  const notAssessed = (data.risks as { name: string; flags: string[] }[]).filter(({ flags }) =>
    flags.includes('NOT_ASSESSED'),
  );
  assert.ok(notAssessed.length > 0);
  for (const { name } of notAssessed) {
    const cells = heat.marks.filter(({ label }) => label.startsWith(`${name}, `));
    for (const cell of cells)
      assert.ok(
        heat.shapes.some(
          (one) => one.kind === 'rect' && one.x === cell.x && one.y === cell.y && one.fill === 'unknown',
        ),
      );
  }

  const grid = await sceneOf('recovery', { limit: 50 });
  assert.ok(textsOf(grid).includes('unproven'));
});

test('thresholds are named with their size, and their days stand below as words', async () => {
  const texts = textsOf(await sceneOf('capacity', { repository: ID.growing, history: '90d' }));
  const { data } = await callOf('capacity', { repository: ID.growing });
  const { forecast } = data.repository as {
    forecast: { thresholds: { percent: number; mid_date: string }[] };
  };
  for (const { percent, mid_date } of forecast.thresholds) {
    assert.ok(texts.some((text) => text.startsWith(`${percent} % = `)));
    assert.ok(
      texts.some((text) => text.startsWith(`${percent} %: likely ${mid_date}`)),
      `${percent}`,
    );
  }
  assert.ok(texts.includes('TiB'));
});

test('a picture comes when it is asked for, beside an answer that says all of it', async () => {
  for (const estate of Object.keys(TOOLS)) {
    const { content, data } = await callOf(estate, { chart: 'png' });
    assert.deepEqual(
      content.map(({ type }) => type),
      ['text', 'image'],
      estate,
    );
    assert.equal(content[1]?.mimeType, 'image/png');
    const png = Buffer.from(content[1]?.data ?? '', 'base64');
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.ok(png.readUInt32BE(16) >= 720 && png.length < 130_000, `${png.length} bytes`);
    const { content: plain, data: same } = await callOf(
      estate,
      estate === 'health' ? { history: '30d' } : {},
    );
    assert.equal(plain.length, 1);
    assert.equal(content[0]?.text, plain[0]?.text);
    assert.deepEqual(data, same);
  }
});

test('the picture of one repository begins before today, and so does its answer', async () => {
  const { data } = await callOf('capacity', { repository: ID.growing, chart: 'png' });
  assert.ok((data.history as unknown[]).length > 10);
});

test('an answer that has nothing to draw says so, and is whole', async () => {
  const what_if = { kind: 'lead_time', days: 20, repository: ID.growing };
  const { content, data } = await callOf('capacity', { what_if, chart: 'png' });
  assert.equal(content.length, 1);
  assert.match(content[0]?.text ?? '', /No picture: this answer has nothing to draw\.$/);
  assert.ok(data.what_if);
});

test('another chart than png is refused', async () => {
  assert.match((await sessions.health?.refused('get_health_status', { chart: 'svg' })) ?? '', /^chart: /);
});

test('markup in a name is text in the SVG of the renderer too', async () => {
  const name = '<script>alert(1)</script>&"\'';
  const scene: Scene = {
    title: name,
    width: 300,
    height: 40,
    shapes: [{ kind: 'text', x: 1, y: 20, text: name, fill: 'ink', size: 12, anchor: 'start', bold: false }],
    marks: [],
  };
  const svg = toSvg(scene, 'dark', 'DejaVu Sans');
  assert.equal(svg.match(/<script/g), null);
  assert.ok(svg.includes('&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;'));
  assert.ok((await toPng(scene)).length > 500);
});

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test('text has a contrast of 4.5 upon what it stands on, in both themes', () => {
  for (const theme of ['light', 'dark'] as const) {
    const palette = paletteOf(theme);
    const pairs = Object.keys(palette)
      .filter((tone) => tone.startsWith('on-'))
      .map((on) => [on, on.slice(3)]);
    for (const [text = '', fill = ''] of [...pairs, ['ink', 'paper'], ['muted', 'paper']]) {
      const found = contrast(palette[text as 'ink'], palette[fill as 'paper']);
      assert.ok(found >= 4.5, `${theme}: ${text} on ${fill} has ${found.toFixed(2)}`);
    }
    const heat = [0, 1, 2, 3, 4].map((step) => contrast(palette[`heat${step}` as 'heat0'], palette.paper));
    assert.deepEqual(
      heat,
      heat.toSorted((a, b) => a - b),
      `${theme}: more heat stands out more`,
    );
  }
});

test('axes have round ticks, and text is cut by whole letters', () => {
  // By hand: 25 in about 5 steps of 5; 0.7 in steps of 0.2; 1234 in steps of 500.
  assert.deepEqual(roundTicks(25, 5), [0, 5, 10, 15, 20, 25]);
  assert.deepEqual(
    roundTicks(0.7, 4).map((tick) => tick.toFixed(1)),
    ['0.0', '0.2', '0.4', '0.6'],
  );
  assert.deepEqual(roundTicks(1234, 3), [0, 500, 1000]);
  assert.deepEqual(roundTicks(0, 3), [0]);
  assert.equal(fitText('Müller 😀😀😀', 60, 10), 'Müller 😀😀😀');
  assert.equal(fitText('Müller 😀😀😀😀😀', 60, 10), 'Müller 😀😀…');
});

test('the font within the package is whole: every table where the directory says', () => {
  const file = createRequire(import.meta.url).resolve(
    '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
  );
  const font = Buffer.from(woffToTrueType(readFileSync(file)));
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, index) => {
    const at = 12 + 16 * index;
    return {
      tag: font.toString('latin1', at, at + 4),
      sum: font.readUInt32BE(at + 4),
      offset: font.readUInt32BE(at + 8),
      length: font.readUInt32BE(at + 12),
    };
  });
  assert.ok(
    ['cmap', 'glyf', 'head', 'hmtx', 'loca'].every((tag) => tables.some((table) => table.tag === tag)),
  );
  for (const { tag, sum, offset, length } of tables) {
    assert.ok(offset + length <= font.length, tag);
    if (tag === 'head') continue; // its checksum is taken before it is adjusted
    const padded = Buffer.concat([
      font.subarray(offset, offset + length),
      Buffer.alloc((4 - (length % 4)) % 4),
    ]);
    let total = 0;
    for (let at = 0; at < padded.length; at += 4) total = (total + padded.readUInt32BE(at)) >>> 0;
    assert.equal(total, sum, tag);
  }
  assert.throws(() => woffToTrueType(Buffer.from('nothing of that kind, at all, really')), /not a WOFF file/);
});

test('a driver of which nothing was measured is hatched, though the rest of its risk was measured', async () => {
  const { data } = await (sessions.risk as McpSession).ask('analyze_risks', { as_of: AS_OF, limit: 1 });
  const [risk] = data.risks as Args[];
  const drawnAs = (fields: Args) =>
    drawRisks({ ...data, risks: [{ ...risk, flags: [], ...fields }] } as never, 700)?.marks.map(
      ({ label }) => label,
    ) ?? [];
  const hatched = /from efficiency; assumed, nothing of it was measured/;
  assert.ok(drawnAs({ drivers_assumed: ['efficiency'] }).some((label) => hatched.test(label)));
  assert.ok(!drawnAs({ drivers_assumed: undefined }).some((label) => hatched.test(label)));
});
