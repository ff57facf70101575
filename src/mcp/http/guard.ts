import type { IncomingMessage } from 'node:http';
import { isLoopback, type McpHttpSettings } from '../../config/mcp.ts';

/**
 * Whether a request calls this server by a name it has, and comes from no web page of somebody else's: a page that makes its
 * own name point at this machine (DNS rebinding) gives itself away by both headers.
 */
export type Guard = {
  /** @returns what is wrong, undefined if nothing is */
  check: (request: IncomingMessage) => string | undefined;
  /** The origin that a browser may hand the answer to: only those in the settings, each by its full name. */
  readableBy: (request: IncomingMessage) => string | undefined;
};

export function createGuard({
  host,
  allowedHosts,
  allowedOrigins,
}: Pick<McpHttpSettings, 'host' | 'allowedHosts' | 'allowedOrigins'>): Guard {
  const own = new Set([...allowedHosts, bracketed(host.toLowerCase())]);
  const isOwn = (url: URL | null) =>
    url !== null && (isLoopback(url.hostname) || own.has(url.hostname) || own.has(url.host));
  return {
    check: ({ headers }) => {
      if (!isOwn(URL.parse(`http://${headers.host ?? ''}/`))) {
        return 'the Host header names another server; names of this one are set in MCP_HTTP_ALLOWED_HOSTS';
      }
      const { origin } = headers;
      if (origin === undefined || allowedOrigins.includes(origin.toLowerCase())) return undefined;
      return isOwn(URL.parse(origin))
        ? undefined
        : 'the Origin header names another web site; those that may call are set in MCP_HTTP_ALLOWED_ORIGINS';
    },
    readableBy: ({ headers: { origin } }) =>
      origin !== undefined && allowedOrigins.includes(origin.toLowerCase()) ? origin : undefined,
  };
}

const bracketed = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
