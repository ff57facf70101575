import type { NotifySettings } from '../../src/config/observability.ts';
import type { Databases } from '../../src/db/database.ts';
import { type Notified, notify } from '../../src/observability/notifications/notifier.ts';
import { createPoster } from '../../src/observability/notifications/post.ts';
import { keptLog, type Receiver } from './estate.ts';

/** One look at a time, as a process does that was started just now. */
export async function lookAt(
  at: Date,
  databases: Databases,
  receiver: Receiver,
  settings: Partial<NotifySettings> = {},
): Promise<Notified & { log: string }> {
  const poster = createPoster({ ...receiver.settings, ...settings });
  const { log, text } = keptLog();
  const options = {
    settings: { ...receiver.settings, ...settings },
    databases,
    isConfigured: () => true,
    log,
    clock: () => at,
  };
  try {
    return { ...(await notify(options, poster, false)), log: text() };
  } finally {
    await poster.close();
  }
}
