import { browser, type ViewEvent } from './dom.ts';

type Message = {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message?: string };
};

export type HostContext = { theme?: string };

/** What the host tells the view. */
export type HostEvents = {
  input: (args: Record<string, unknown>) => void;
  result: (result: Record<string, unknown>) => void;
  context: (context: HostContext) => void;
};

export type Host = {
  /** The host's answer to a request of ours. @throws Error with the host's words, or after a while of silence */
  request: (method: string, params: Record<string, unknown>) => Promise<Record<string, unknown>>;
  notify: (method: string, params: Record<string, unknown>) => void;
  /** Whether the host hands calls of tools and reads of resources on to the server. */
  can: (capability: 'serverTools' | 'serverResources') => boolean;
};

const PATIENCE_MS = 20_000;
const PROTOCOL = '2026-01-26';

/**
 * Speaks MCP Apps with the window around this one: JSON-RPC by postMessage, and only with that window.
 * @see https://apps.extensions.modelcontextprotocol.io
 */
export async function connectHost(name: string, events: HostEvents): Promise<Host> {
  const waiting = new Map<number, (message: Message) => void>();
  let last = 0;
  const post = (message: object) => browser.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
  const request: Host['request'] = (method, params) =>
    new Promise((done, failed) => {
      const id = ++last;
      const timer = browser.setTimeout(() => failed(new Error(`no answer to ${method}`)), PATIENCE_MS);
      waiting.set(id, ({ result, error }) => {
        browser.clearTimeout(timer);
        if (error) failed(new Error(error.message ?? method));
        else done(result ?? {});
      });
      post({ id, method, params });
    });
  const notify: Host['notify'] = (method, params) => post({ method, params });
  browser.addEventListener('message', ({ source, data }: ViewEvent) => {
    if (source !== browser.parent || typeof data !== 'object' || data === null) return;
    const message = data as Message;
    if (message.method === undefined) waiting.get(Number(message.id))?.(message);
    else if (message.id !== undefined) post(answerTo(message));
    else tell(message, events);
  });
  const { hostContext, hostCapabilities } = await request('ui/initialize', {
    appInfo: { name, version: '1.0.0' },
    appCapabilities: { availableDisplayModes: ['inline'] },
    protocolVersion: PROTOCOL,
  });
  events.context((hostContext ?? {}) as HostContext);
  notify('ui/notifications/initialized', {});
  const able = (hostCapabilities ?? {}) as Record<string, unknown>;
  return { request, notify, can: (capability) => able[capability] !== undefined };
}

/** The host may ask whether we live, and may take the view away: there is nothing to save. */
function answerTo({ id, method }: Message): object {
  const isKnown = method === 'ping' || method === 'ui/resource-teardown';
  return isKnown ? { id, result: {} } : { id, error: { code: -32601, message: 'unknown method' } };
}

function tell({ method, params = {} }: Message, events: HostEvents): void {
  if (method === 'ui/notifications/tool-input')
    events.input((params.arguments ?? {}) as Record<string, unknown>);
  if (method === 'ui/notifications/tool-result') events.result(params);
  if (method === 'ui/notifications/host-context-changed') events.context(params as HostContext);
}
