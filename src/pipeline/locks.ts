import type pg from 'pg';

/**
 * Takes the advisory lock of one worker on one source, for as long as `work` goes on. The lock goes with its connection:
 * a process that dies lets go of it, and `work` is told by its signal when the database cut the connection.
 * @returns what `work` gives, or undefined if another process has the lock
 */
export async function withWorkerLock<T>(
  pool: pg.Pool,
  worker: string,
  sourceId: string,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect();
  const lost = new AbortController();
  client.on('error', (cause) =>
    lost.abort(new Error('the database cut the connection that holds the lock', { cause })),
  );
  try {
    const { rows } = await client.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(hashtextextended($1, 365)) as taken`,
      [`${worker} ${sourceId}`],
    );
    if (!rows[0]?.taken) return undefined;
    return await work(lost.signal);
  } finally {
    // Freed by name first: closing alone frees it too, but only some time after this process has gone on.
    await client.query('select pg_advisory_unlock_all()').catch(() => {});
    client.release(true);
  }
}
