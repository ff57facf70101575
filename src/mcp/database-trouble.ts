import { ConfigError } from '../errors.ts';
import { AnswerError } from './errors.ts';

/** What a failure of the database means for the person who asks. No host, no user and no message of the server in it. */
const REMEDIES: Record<string, string> = {
  ECONNREFUSED: 'The database does not answer: check DB_HOST and DB_PORT, and that PostgreSQL runs.',
  ECONNRESET: 'The database cut the connection: check that PostgreSQL runs, then ask again.',
  EPIPE: 'The database cut the connection: check that PostgreSQL runs, then ask again.',
  ENOTFOUND: 'The host of the database is unknown: check DB_HOST.',
  EAI_AGAIN: 'The host of the database cannot be looked up: check DB_HOST and the name service.',
  EHOSTUNREACH: 'There is no way to the host of the database: check DB_HOST and the network.',
  ENETUNREACH: 'There is no way to the host of the database: check DB_HOST and the network.',
  ETIMEDOUT: 'The database does not answer in time: check DB_HOST, DB_PORT and the firewall.',
  '28P01': 'The database refuses the password of the reader: check DB_READER_USER and DB_READER_PASSWORD.',
  '28000': "The database refuses the login of the reader: check DB_READER_USER and the server's pg_hba.conf.",
  '3D000': 'The database does not exist: check DB_NAME and DB_RISK_NAME, or run: npm run migrate',
  '42P01': 'The database lacks tables that this program needs: run: npm run migrate',
  '42703': 'The database lacks columns that this program needs: run: npm run migrate',
  '42883': 'The database lacks functions that this program needs: run: npm run migrate',
  '42501': 'The reader lacks a right in the database: run npm run migrate as the owner (DB_USER).',
  '53300':
    'The database has no connection left: raise max_connections or stop other programs, then ask again.',
  '57P01': 'The database is shutting down or was restarted: ask again in a moment.',
  '57P02': 'The database is restarting after a crash: ask again in a moment.',
  '57P03': 'The database is starting: ask again in a moment.',
};

/** Errors after which the connection settings may have to be found anew: an embedded server comes back on another port. */
export function isLostDatabase(error: unknown): boolean {
  return (
    /^(ECONN\w+|EPIPE|ETIMEDOUT|57P0\d|08\w{3})$/.test(codeOf(error)) ||
    isCutConnection(error) ||
    isTimeout(error)
  );
}

/**
 * The answer to a question that the database could not be asked.
 * @returns undefined if the error is none of the database's or the settings' fault
 */
export function toDatabaseAnswer(error: unknown): AnswerError | undefined {
  const remedy = REMEDIES[codeOf(error)];
  if (remedy) return new AnswerError(remedy, { cause: error });
  if (codeOf(error) === '57014') {
    return new AnswerError(
      'The database needed longer than an answer may take: narrow the question (job, source, limit, a shorter history).',
      { cause: error },
    );
  }
  if (isTimeout(error)) return new AnswerError(REMEDIES.ETIMEDOUT as string, { cause: error });
  if (isCutConnection(error)) return new AnswerError(REMEDIES.ECONNRESET as string, { cause: error });
  return error instanceof ConfigError
    ? new AnswerError(explainSetting(error.message), { cause: error })
    : undefined;
}

function codeOf(error: unknown): string {
  if (!error || typeof error !== 'object') return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : '';
}

const isTimeout = (error: unknown) =>
  error instanceof Error &&
  /timeout exceeded when trying to connect|due to connection timeout/i.test(error.message);

function isCutConnection(error: unknown): boolean {
  return error instanceof Error && /Connection terminated/i.test(error.message);
}

/** Messages about settings may hold paths: what they are about is said again, without. */
function explainSetting(message: string): string {
  const [missing] = /\bDB_\w+_(PASSWORD|USER) is not set/.exec(message) ?? [];
  if (missing) return `${missing}: set it to the login of the read-only role that npm run migrate makes.`;
  if (message.includes('older than this program'))
    return 'The database is older than this program, or was never set up: run: npm run migrate';
  if (message.includes('newer than this program'))
    return 'The database is newer than this program: use the newer version of dr365.';
  if (message.includes('lacks tables')) return REMEDIES['42P01'] as string;
  return 'The settings of the database are wrong (DB_*, DR365_DATA_DIR); the log of this server (stderr) says what is.';
}
