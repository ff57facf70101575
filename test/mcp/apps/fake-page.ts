import { createContext, runInContext } from 'node:vm';

/** As much of an element as the views use; text is text, and markup would not be parsed. */
export class FakeElement {
  readonly tag: string;
  readonly attributes = new Map<string, string>();
  readonly listeners = new Map<string, (event: object) => void>();
  readonly dataset: Record<string, string> = {};
  children: FakeElement[] = [];
  textContent = '';
  hidden = false;
  clientWidth = 640;
  focused = 0;

  constructor(tag: string) {
    this.tag = tag;
  }
  append(...children: FakeElement[]) {
    this.children.push(...children);
  }
  replaceChildren(...children: FakeElement[]) {
    this.children = children;
  }
  setAttribute(name: string, value: string) {
    this.attributes.set(name, value);
  }
  addEventListener(name: string, listener: (event: object) => void) {
    this.listeners.set(name, listener);
  }
  getBoundingClientRect() {
    return { height: 321 };
  }
  focus() {
    this.focused += 1;
    this.listeners.get('focus')?.({});
  }
  all(): FakeElement[] {
    return this.children.flatMap((child) => [child, ...child.all()]);
  }
}

type Message = { id?: number; method?: string; params?: Record<string, unknown> };
export type HostAnswers = Record<string, (params: Record<string, unknown>) => unknown>;

/** A page in a host: the script of a view runs, and every request of it is answered by `answers`. */
export function openPage(html: string, answers: HostAnswers, capabilities: object = { serverTools: {} }) {
  const script = /<script>([\s\S]*)<\/script>/.exec(html)?.[1] ?? '';
  const byId = new Map(['chart', 'readout', 'summary', 'text'].map((id) => [id, new FakeElement(id)]));
  const root = new FakeElement('html');
  const sent: Message[] = [];
  const page: { listener?: (event: object) => void } = {};
  const tell = (message: object, source: object = parent) =>
    page.listener?.({ source, data: { jsonrpc: '2.0', ...message } });
  const parent = { postMessage: (message: Message) => void receive(message) };
  const replies: HostAnswers = {
    'ui/initialize': () => ({ hostContext: { theme: 'dark' }, hostCapabilities: capabilities }),
    ...answers,
  };

  async function receive(message: Message) {
    sent.push(message);
    if (message.id === undefined || message.method === undefined) return;
    const { id, method, params = {} } = message;
    const reply = replies[method];
    const result = reply ? await reply(params) : undefined;
    tell(result === undefined ? { id, error: { code: -32601, message: 'no' } } : { id, result });
  }

  const world = {
    document: {
      documentElement: root,
      body: new FakeElement('body'),
      getElementById: (id: string) => byId.get(id) ?? null,
      createElementNS: (_space: string, tag: string) => new FakeElement(tag),
    },
    parent,
    addEventListener: (name: string, listener: (event: object) => void) => {
      if (name === 'message') page.listener = listener;
    },
    setTimeout,
    clearTimeout,
    ResizeObserver: class {
      observe() {}
    },
  };
  runInContext(script, createContext(world));
  const part = (id: string) => byId.get(id) as FakeElement;
  return {
    tell,
    sent,
    root,
    part,
    shown: () =>
      part('chart')
        .all()
        .map(({ textContent }) => textContent),
  };
}
