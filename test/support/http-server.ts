import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { createTestClock, type TestClock } from './test-clock.ts';
import type { TlsServer } from './tls-server.ts';

export const NAMES = {
  server: 'VEEAM_SERVER',
  port: 'VEEAM_PORT',
  caFile: 'VEEAM_CA_FILE',
  fingerprint: 'VEEAM_TLS_FINGERPRINT',
};

/** Our HTTP layer on a test server whose certificate it trusts. */
export function connectTo(
  server: TlsServer,
  options: Partial<HttpServerOptions> = {},
): HttpServer & { clock: TestClock; [Symbol.asyncDispose]: () => Promise<void> } {
  const clock = createTestClock();
  const http = createHttpServer({
    host: 'localhost',
    port: server.port,
    tls: { mode: 'ca', ca: server.certificate.cert },
    names: NAMES,
    formPaths: ['/form'],
    clock,
    ...options,
  });
  return { ...http, clock, [Symbol.asyncDispose]: http.close };
}

/** The error that a promise ends with. */
export async function errorOf(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; retryable?: boolean; status?: number }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('there was no error');
}
