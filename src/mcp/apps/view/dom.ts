/** The few parts of a browser that the views use; the project's own types know none. */
export type Element = {
  textContent: string | null;
  id: string;
  hidden: boolean;
  clientWidth: number;
  dataset: Record<string, string>;
  style: Record<string, string>;
  append: (...children: Element[]) => void;
  replaceChildren: (...children: Element[]) => void;
  setAttribute: (name: string, value: string) => void;
  addEventListener: (name: string, listener: (event: ViewEvent) => void) => void;
  getBoundingClientRect: () => { height: number };
  focus: () => void;
};

export type ViewEvent = {
  key: string;
  data: unknown;
  source: unknown;
  preventDefault: () => void;
};

type Browser = {
  document: {
    documentElement: Element;
    body: Element;
    getElementById: (id: string) => Element | null;
    createElement: (tag: string) => Element;
    createElementNS: (namespace: string, tag: string) => Element;
  };
  parent: { postMessage: (message: unknown, origin: string) => void };
  addEventListener: (name: string, listener: (event: ViewEvent) => void) => void;
  matchMedia: (query: string) => { matches: boolean };
  setTimeout: (run: () => void, ms: number) => number;
  clearTimeout: (timer: number | undefined) => void;
  ResizeObserver: new (changed: () => void) => { observe: (element: Element) => void };
};

export const browser = globalThis as unknown as Browser;

/** An element of the page that is always there. */
export function byId(id: string): Element {
  const element = browser.document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}
