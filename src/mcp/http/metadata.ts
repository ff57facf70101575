import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './answers.ts';
import type { TokenVerdict } from './tokens.ts';

export const MCP_PATH = '/mcp';
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
/** Of the server as a whole, and of its one resource. */
export const METADATA_PATHS: readonly string[] = [WELL_KNOWN, `${WELL_KNOWN}${MCP_PATH}`];

/** What clients have to bring. @see https://www.rfc-editor.org/rfc/rfc9728 */
export function resourceMetadata(base: string): object {
  return {
    resource: `${base}${MCP_PATH}`,
    resource_name: 'dr365 backup risk intelligence',
    bearer_methods_supported: ['header'],
  };
}

/** Where this server is for the client: as the settings say, else as the client calls it. */
export const baseUrl = (publicUrl: string | undefined, { headers }: IncomingMessage): string =>
  publicUrl ?? `http://${headers.host}`;

const REASONS = {
  missing: 'a bearer token is needed (Authorization: Bearer …)',
  unknown: 'the bearer token is not known',
  expired: 'the bearer token has expired',
};

/** 401, with the header that says how to do better. @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
export function toUnauthorized(kind: Exclude<TokenVerdict['kind'], 'valid'>, base: string): HttpRefusal {
  const error = kind === 'missing' ? '' : `error="invalid_token", error_description="${REASONS[kind]}", `;
  const challenge = `Bearer realm="dr365", ${error}resource_metadata="${base}${METADATA_PATHS[1]}"`;
  return new HttpRefusal(401, REASONS[kind], { headers: { 'www-authenticate': challenge }, code: -32001 });
}
