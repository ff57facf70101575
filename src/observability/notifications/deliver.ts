import type { Risk } from '../../db/connect.ts';
import type { Log } from '../../log.ts';
import { notificationTried } from '../signals.ts';
import { withoutEntries } from './content.ts';
import type { Poster } from './post.ts';
import { type Claimed, claimMessage, giveUp, markRetry, markSent } from './store.ts';

/** While one process tries to send a message no other does; one that died in the middle lets go of it after this. */
const LEASE_MS = 2 * 60_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;
const GIVE_UP_MS = 24 * 3_600_000;
/** What the receiver says of a message that it will not take however often it comes. It would hold up all others for a day. */
const REFUSED = /^status (400|413|422)$/;
/** So many in one go; the rest comes with the next. */
const MOST = 20;

export type Delivery = { risk: Risk; poster: Poster; log: Log; clock: () => Date; random?: () => number };

/**
 * Sends the messages whose time has come, the oldest first, until one is not taken.
 * @returns how many were sent, and how many attempts failed
 */
export async function deliver(delivery: Delivery): Promise<{ sent: number; failed: number }> {
  const { risk, clock } = delivery;
  let sent = 0;
  while (sent < MOST) {
    const message = await claimMessage(risk, clock(), LEASE_MS);
    if (!message) break;
    if (!(await tryOne(delivery, message))) return { sent, failed: 1 };
    sent += 1;
  }
  return { sent, failed: 0 };
}

async function tryOne(delivery: Delivery, message: Claimed): Promise<boolean> {
  const { risk, poster, log, clock, random = Math.random } = delivery;
  const { id, attempts, createdAt, lastError } = message;
  const content = REFUSED.test(lastError ?? '') ? withoutEntries(message.content) : message.content;
  const posted = await poster.post(id, content);
  const now = clock();
  const facts = { notification: id, kind: content.kind, attempts };
  if (posted.isTaken) {
    await markSent(risk, id, now);
    notificationTried.send({ outcome: 'sent' });
    log.info({ ...facts, status: posted.status }, 'notification sent');
    return true;
  }
  const { error, waitMs } = posted;
  if (now.getTime() - createdAt.getTime() > GIVE_UP_MS) {
    await giveUp(risk, id, { now, error });
    notificationTried.send({ outcome: 'given_up' });
    log.error({ ...facts, reason: error }, 'notification given up; what it told will be in the next one');
    return false;
  }
  const at = new Date(now.getTime() + (waitMs ?? backOff(attempts, random)));
  await markRetry(risk, id, { at, error });
  notificationTried.send({ outcome: 'retried' });
  log.warn({ ...facts, reason: error, again: at }, 'notification was not taken');
  return false;
}

/** Twice as long each time, half of it chance. */
function backOff(attempts: number, random: () => number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 20));
  return full / 2 + (full / 2) * random();
}
