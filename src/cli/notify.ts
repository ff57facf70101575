import { randomUUID } from 'node:crypto';
import { loadFullConfig } from '../config/sources.ts';
import { openDatabases } from '../db/database.ts';
import { ConfigError } from '../errors.ts';
import { createLog } from '../log.ts';
import { NOTHING_MORE } from '../observability/notifications/content.ts';
import { notify } from '../observability/notifications/notifier.ts';
import { createPoster, type Poster } from '../observability/notifications/post.ts';
import { isConfiguredIn } from './observe.ts';

/** `dr365 notify [--test]`: sends what is to be told now, or a test message. The workers do the first by themselves. */
export async function notifyCommand(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  if (rest.length > 0 || (first !== undefined && first !== '--test'))
    throw new ConfigError(`notify takes --test or nothing, ${JSON.stringify(rest[0] ?? first)} was given`);
  const config = loadFullConfig(process.env);
  if (!config.notify)
    throw new ConfigError(
      'NOTIFY_WEBHOOK_URL is not set: set it in .env, or NOTIFY_WEBHOOK_URL_FILE (see .env.example)',
    );
  const poster = createPoster(config.notify);
  try {
    if (first === '--test') return await sendTest(poster);
    const log = createLog(config.logLevel);
    const databases = await openDatabases(config.database, 'collector', 'dr365 notify');
    try {
      const options = { settings: config.notify, databases, isConfigured: isConfiguredIn(config), log };
      const done = await notify({ ...options, clock: () => new Date() }, poster, false);
      process.stdout.write(`${toLine(done)}\n`);
      return done.failed > 0 ? 1 : 0;
    } finally {
      await databases.close();
    }
  } finally {
    await poster.close();
  }
}

async function sendTest(poster: Poster): Promise<number> {
  const asOf = new Date().toISOString();
  const posted = await poster.post(randomUUID(), { kind: 'test', asOf, entries: [], more: NOTHING_MORE });
  if (posted.isTaken) {
    process.stdout.write(`the webhook took the test message (status ${posted.status})\n`);
    return 0;
  }
  process.stderr.write(
    `the webhook did not take the test message (${posted.error}): check NOTIFY_WEBHOOK_URL, NOTIFY_FORMAT and, for a private certificate authority, NOTIFY_CA_FILE\n`,
  );
  return 1;
}

function toLine({ isBusy, made, sent, failed }: Awaited<ReturnType<typeof notify>>): string {
  if (isBusy) return 'another process is at it just now';
  const count = (messages: number) => `${messages} message${messages === 1 ? '' : 's'}`;
  return `${count(made)} made, ${count(sent)} sent${failed > 0 ? ', one was not taken: it will be tried again' : ''}`;
}
