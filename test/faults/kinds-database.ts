import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt, between, type Kind, pick, type Struck, troubleIn } from './attempt.ts';
import { runUnit } from './estate.ts';
import type { Statement, Verdict, Wire } from './proxy.ts';
import type { FaultServer } from './server.ts';
import { isWanted, type Wanted } from './statements.ts';

const always = () => true;
/** A cut connection as the driver, the server and the lock tell of it. */
const CUT =
  /57P0[1-3]|08\w{3}|ECONNRESET|ECONNREFUSED|EPIPE|Connection terminated|cut the connection|lock lost|not queryable/i;

/** Faults of the database server, each at a statement that the seed draws. */
export const DATABASE_KINDS: Kind[] = [
  {
    name: 'Postgres restart',
    fits: always,
    attempt: async (attempt) => {
      let restarted: Promise<void> | undefined;
      const found = await atStatement(attempt, 'restart', () => {
        restarted = attempt.place.server.restart();
        return attempt.random() < 0.5 ? 'pass' : restarted.then(() => 'pass' as const);
      });
      await restarted;
      await attempt.place.server.ensureUp();
      return found;
    },
    record: (runs) => troubleIn(runs, CUT),
  },
  {
    name: 'connection cut',
    fits: always,
    attempt: cutConnection,
    record: (runs) => troubleIn(runs, CUT),
  },
  {
    name: 'serialization failure',
    fits: always,
    attempt: failSerialization,
    record: (runs) => troubleIn(runs, /40001/),
  },
];

/** A disk that is full needs a volume of its own. */
export const FULL_DISK: Kind = {
  name: 'full disk',
  fits: always,
  attempt: fillDisk,
  record: (runs) =>
    troubleIn(runs, /53100|no space left|57P0[1-3]|Connection terminated|cut the connection/i),
};

/** Lets the unit run and does something before one of its statements goes to the server. */
async function atStatement(
  { place, opened, proxy, unit, now, usual, random }: Attempt,
  what: string,
  act: (statement: Statement) => Verdict | Promise<Verdict>,
  wanted: Wanted = 'any',
): Promise<Struck> {
  const from = wanted !== 'any' ? 1 : unit.kind === 'tables' ? 3 : 2;
  const number = between(random, from, usual.statements[wanted]);
  let seen = 0;
  let isDone = false;
  let ending: Wire | undefined;
  let at = '';
  proxy.reset();
  let isOver = false;
  proxy.onStatement((statement) => {
    const { text, connection } = statement;
    const wasOver = isOver;
    // Between the end of a run and the next one there is none that could tell of it.
    if (/pg_try_advisory_lock|^insert into "run" /i.test(text)) isOver = false;
    if (/^update "run" set "status" = \$1, "finished_at"/i.test(text)) ending = connection;
    else if (ending === connection && !/^update/i.test(text)) isOver = /^commit/i.test(text) || isOver;
    if (isWanted(wanted, statement)) seen += 1;
    if (isDone || seen < number || wasOver || !isWanted(wanted, statement)) return 'pass';
    isDone = true;
    at = statement.text.slice(0, 80);
    return act(statement);
  });
  await runUnit(unit, place, opened, now);
  proxy.reset();
  return {
    struck: isDone,
    what: `${what} at statement ${number} of ${usual.statements[wanted]} (${wanted}): ${at}`,
  };
}

/** The connection is cut by the server, on its way there, or on the way back when the server has done what it was told. */
function cutConnection(attempt: Attempt): Promise<Struck> {
  const { place, proxy, random } = attempt;
  const how = pick(random, [
    'by the server',
    'the one with the lock',
    'on the way',
    'answer lost',
    'answer of a commit lost',
  ]);
  const terminate = async ({ port }: Wire): Promise<Verdict> => {
    await place.server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where client_port = $1`, [
      port,
    ]);
    return 'pass';
  };
  return atStatement(
    attempt,
    `cut (${how})`,
    ({ connection }) => {
      if (how === 'on the way') return 'cut';
      if (how.startsWith('answer')) return 'lose-answer';
      const keeper = proxy.connections().find(({ isKeeper }) => isKeeper);
      return terminate(how === 'by the server' ? connection : (keeper ?? connection));
    },
    how === 'answer of a commit lost' ? 'commit' : 'any',
  );
}

/**
 * Somebody else writes a row that the transaction has read and will write: the record of the run itself, which it ends.
 * That is what PostgreSQL refuses then.
 */
function failSerialization(attempt: Attempt): Promise<Struck> {
  const { place, unit } = attempt;
  const database = `${unit.kind === 'tables' ? 'risk' : 'metrics'}_${place.name}`;
  return atStatement(
    attempt,
    'the record of the run is written by somebody else',
    async (): Promise<Verdict> => {
      await place.server.inDatabase(database, (sql) =>
        sql(`update run set program_version = program_version where status = 'running'`),
      );
      return 'pass';
    },
    'snapshot',
  );
}

/** No room is left from some statement on, until a while after the server had none for something. */
async function fillDisk(attempt: Attempt): Promise<Struck> {
  const { place, random } = attempt;
  const { server, volume } = place;
  if (!volume) throw new Error('the suite was started without a volume');
  const leave = pick(random, [0, 0, 8192]);
  const wait = between(random, 0, 1_500);
  const before = server.timesFull();
  const ended = new AbortController();
  let drained: Promise<void> | undefined;
  const { what } = await atStatement(
    attempt,
    `full, ${leave} bytes left, ${wait} ms`,
    () => {
      volume.fill(leave);
      drained = noRoom(server, before, ended.signal)
        .then(() => sleep(wait))
        .then(() => volume.drain());
      return 'pass';
    },
    'load',
  );
  ended.abort();
  await drained;
  volume.drain();
  await server.ensureUp();
  return { struck: server.timesFull() > before, what };
}

const LOOK_MS = 50;

async function noRoom(server: FaultServer, before: number, ended: AbortSignal): Promise<void> {
  while (!ended.aborted && server.timesFull() <= before) await sleep(LOOK_MS);
}
