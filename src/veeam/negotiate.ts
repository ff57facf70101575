import { SourceError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { statusError } from '../http/status-error.ts';
import type { VeeamNames } from '../setting-names.ts';
import { isRevision, NEWEST, PREFERRED, REVISIONS, type Revision } from './revisions.ts';
import { readProblem, unsupportedVersion } from './veeam-error.ts';

/** Reads one path without signing in; a `revision` goes into the header. */
export type Probe = (
  path: string,
  expect: 'text' | 'json' | 'nothing',
  revision: Revision,
) => Promise<HttpAnswer>;

const SERVER_TIME = '/api/v1/serverTime';

/**
 * The API revision to speak with a server, without signing in: the one asked for, else the newest of those that its
 * list of documents names; without a list the documents are tried, and then the header itself.
 * @throws SourceError `rejected` if there is none that both sides know
 */
export async function negotiateRevision(
  probe: Probe,
  wanted: Revision | undefined,
  names: VeeamNames,
): Promise<Revision> {
  if (wanted) return confirm(probe, wanted, names);
  const offered = await listOffered(probe);
  const listed = PREFERRED.find((revision) => offered.includes(revision));
  if (listed) return listed;
  if (offered.length > 0) throw noneInCommon(offered);
  const found = (await firstDocument(probe)) ?? (await firstAccepted(probe, names));
  if (found) return found;
  throw noneInCommon([]);
}

async function confirm(probe: Probe, wanted: Revision, names: VeeamNames): Promise<Revision> {
  const answer = await probe(SERVER_TIME, 'json', wanted);
  if (answer.status !== 400) return wanted;
  throw unsupportedVersion(wanted, await listOffered(probe), names);
}

/** `/swagger/index.js` names documents such as `/swagger/v1.3-rev2/swagger.json`. */
async function listOffered(probe: Probe): Promise<string[]> {
  const { status, text } = await probe('/swagger/index.js', 'text', NEWEST);
  if (status > 500) throw statusError(status, { what: '/swagger/index.js' }); // not the moment to try further paths
  if (status !== 200) return [];
  return [...new Set([...text.matchAll(/\/v(\d+\.\d+-rev\d+)\//g)].map((match) => match[1] as string))];
}

async function firstDocument(probe: Probe): Promise<Revision | undefined> {
  for (const revision of PREFERRED) {
    const { status, header } = await probe(`/swagger/v${revision}/swagger.json`, 'nothing', revision);
    // A server with a catch-all page answers 200 to everything; only JSON is a document.
    if (status === 200 && /json/i.test(header('content-type') ?? '')) return revision;
  }
  return undefined;
}

async function firstAccepted(probe: Probe, names: VeeamNames): Promise<Revision | undefined> {
  for (const revision of PREFERRED) {
    const answer = await probe(SERVER_TIME, 'json', revision);
    if (answer.status === 200) return revision;
    if (answer.status !== 400) throw notVeeam(answer, names);
  }
  return undefined;
}

function notVeeam(answer: HttpAnswer, { server, port }: VeeamNames): SourceError {
  const { message } = readProblem(answer);
  return new SourceError(
    `the server answered ${answer.status} to ${SERVER_TIME}${message ? `: ${message}` : ''}; check that ${server} and ${port} are those of the Veeam Backup & Replication REST service`,
    {
      code: answer.status >= 500 ? 'server-error' : 'rejected',
      retryable: answer.status >= 500,
      status: answer.status,
    },
  );
}

function noneInCommon(offered: string[]): SourceError {
  const list = offered.filter((revision) => !isRevision(revision)).join(', ');
  return new SourceError(
    `the server has no API revision that is supported here (${REVISIONS.join(', ')})${list ? `; it offers ${list}` : ''}`,
    { code: 'rejected', retryable: false },
  );
}
