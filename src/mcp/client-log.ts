import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type LoggingLevel,
  LoggingLevelSchema,
  type ServerNotification,
  SetLevelRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** Sends a log line to the client, if the client asked for lines of this level. */
export type ClientLog = (
  send: (notification: ServerNotification) => Promise<void>,
  level: LoggingLevel,
  data: Record<string, unknown>,
) => void;

/** Serves logging/setLevel. Until a client has set a level it is sent nothing. */
export function createClientLog(server: Server): ClientLog {
  const { options } = LoggingLevelSchema;
  let least = Number.POSITIVE_INFINITY;
  server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    least = options.indexOf(params.level);
    return {};
  });
  return (send, level, data) => {
    if (options.indexOf(level) < least) return;
    // A client that is gone needs no log.
    send({ method: 'notifications/message', params: { level, logger: 'dr365', data } }).catch(() => {});
  };
}
