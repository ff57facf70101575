import type { ServerResponse } from 'node:http';

/** A request that is refused before it reaches the protocol. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Of JSON-RPC. */
  readonly code: number;

  constructor(
    status: number,
    message: string,
    { headers = {}, code = -32000 }: { headers?: Record<string, string>; code?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.code = code;
  }
}

/** Answers with JSON that nobody keeps. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with an error of JSON-RPC that belongs to no request. */
export function sendRefusal(response: ServerResponse, { status, code, message, headers }: HttpRefusal): void {
  sendJson(response, status, { jsonrpc: '2.0', error: { code, message }, id: null }, headers);
}
