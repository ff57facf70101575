import { momentText } from '../../charts/scales.ts';
import type { Scene } from '../../charts/scene.ts';
import { connectHost, type Host, type HostContext } from './bridge.ts';
import { browser, byId } from './dom.ts';
import { paint } from './paint.ts';

type Answer = { summary?: string; as_of?: string };
type Arguments = Record<string, unknown>;

export type View<A> = {
  tool: string;
  draw: (answer: A, width: number) => Scene | null;
  /** Arguments that ask for what a picture needs and the answer has not; undefined if it has all. */
  more?: (answer: A, args: Arguments) => Arguments | undefined;
};

const NARROWEST = 300;

/** Runs a view: connects to the host, and draws the answer of its tool whenever that, the width or the theme changes. */
export function startView<A extends Answer>({ tool, draw, more }: View<A>): void {
  let args: Arguments = {};
  let answer: A | undefined;
  let host: Host | undefined;
  let width = 0;

  const redraw = () => {
    width = Math.max(NARROWEST, byId('chart').clientWidth);
    const scene = answer && draw(answer, width);
    if (scene) paint(scene);
    else byId('chart').replaceChildren();
    byId('readout').hidden = !scene || scene.marks.length === 0;
    reportSize(host);
  };
  const show = (found: A) => {
    answer = found;
    byId('text').hidden = true;
    byId('summary').textContent = [found.summary, found.as_of && `As of ${momentText(found.as_of)}.`].join(
      ' ',
    );
    redraw();
  };
  const showText = (text: string) => {
    byId('summary').textContent = 'The answer as text:';
    byId('text').textContent = text;
    byId('text').hidden = false;
    reportSize(host);
  };
  const receive = async (result: Arguments) => {
    const found = readAnswer<A>(result) ?? (host && (await askAgain<A>(host, tool, args)));
    if (!found) return showText(textOf(result));
    show(found);
    const wanted = more?.(found, args);
    const fuller = wanted && host && (await askAgain<A>(host, tool, wanted));
    if (fuller) show(fuller);
  };

  const connected = connectHost(`dr365 ${tool}`, {
    input: (given) => {
      args = given;
    },
    result: (result) => void connected.then(() => receive(result)),
    context: applyTheme,
  }).then((found) => {
    host = found;
    reportSize(host);
  });
  new browser.ResizeObserver(() => {
    if (Math.max(NARROWEST, byId('chart').clientWidth) !== width) redraw();
  }).observe(byId('chart'));
}

function applyTheme({ theme }: HostContext): void {
  if (theme === 'light' || theme === 'dark') browser.document.documentElement.dataset.theme = theme;
}

function reportSize(host: Host | undefined): void {
  const { height } = browser.document.body.getBoundingClientRect();
  host?.notify('ui/notifications/size-changed', { height: Math.ceil(height) + 1 });
}

type Content = { type?: string; text?: string };
const contentOf = (result: Arguments) => (Array.isArray(result.content) ? (result.content as Content[]) : []);
const textOf = (result: Arguments) =>
  contentOf(result)
    .flatMap(({ text }) => text ?? [])
    .join('\n');

/** The answer in a result: as structured content or, where a host drops that, as JSON in a text. */
function readAnswer<A>(result: Arguments): A | undefined {
  if (result.isError === true) return undefined;
  const structured = result.structuredContent;
  if (typeof structured === 'object' && structured !== null) return structured as A;
  return contentOf(result).flatMap(({ text }) => parsed<A>(text ?? ''))[0];
}

function parsed<A>(text: string): A[] {
  if (!text.startsWith('{')) return [];
  try {
    return [JSON.parse(text) as A];
  } catch {
    return []; // markdown that begins like JSON: it is shown as text
  }
}

/** The same question again, as a call and, if that comes without structure too, as a resource, which is text by nature. */
async function askAgain<A>(host: Host, tool: string, args: Arguments): Promise<A | undefined> {
  if (host.can('serverTools')) {
    const called = await host.request('tools/call', { name: tool, arguments: args }).catch(() => undefined);
    const found = called && readAnswer<A>(called);
    if (found) return found;
  }
  if (!host.can('serverResources')) return undefined;
  const uri = `dr365://answer/${tool}/${encodeURIComponent(JSON.stringify(args))}`;
  const read = await host.request('resources/read', { uri }).catch(() => undefined);
  return read && readAnswer<A>({ content: read.contents });
}
