import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSettings } from '../../src/config/config.ts';
import { docker, eventually, sh } from './engine.ts';

/** A PostgreSQL server in a container, with its client programs beside it. */
export type ServerContainer = AsyncDisposable & {
  name: string;
  settings: DatabaseSettings;
  /** A program in the container as the account that owns the server. @returns what it printed */
  inside: (...command: string[]) => Promise<string>;
};

const PASSWORD = randomBytes(12).toString('hex');
const DEBIAN = 'dr365-postgres-test';

/**
 * An image whose pg_dump fits its server. The official ones are such; where a stand-in is not, Debian's own server is taken.
 * @returns its name
 */
export async function imageWithTools(): Promise<string> {
  const official = 'postgres:18';
  const both = 'postgres --version; pg_dump --version';
  const versions = await docker('run', '--rm', '--entrypoint', 'sh', official, '-c', both);
  const [server, client] = versions.split('\n').map((line) => /\) (\d+)/.exec(line)?.[1]);
  if (server === client) return official;
  const folder = mkdtempSync(join(tmpdir(), 'dr365-debian-'));
  try {
    writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE);
    writeFileSync(join(folder, 'start'), START);
    const build = ['build', '-q', '-t', DEBIAN, folder];
    if ((await sh('docker', build)).code !== 0) await docker(...build, '--network', 'host');
    return DEBIAN;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const DOCKERFILE = `FROM debian:bookworm-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
COPY start /start
CMD ["sh", "/start"]
`;

const START = `set -e
mkdir -p /data /run/postgresql && chown postgres /data /run/postgresql
echo "$POSTGRES_PASSWORD" > /tmp/password && chown postgres /tmp/password
setpriv --reuid=postgres --regid=postgres --init-groups initdb -D /data -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --auth-local=trust --pwfile=/tmp/password
echo 'host all all all scram-sha-256' >> /data/pg_hba.conf
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -D /data -c listen_addresses='*'
`;

export async function startServer(image: string, label: string): Promise<ServerContainer> {
  const name = `dr365-${label}-${randomBytes(3).toString('hex')}`;
  const run = ['run', '-d', '--name', name, '-e', `POSTGRES_PASSWORD=${PASSWORD}`];
  await docker(...run, '-p', '127.0.0.1::5432', image);
  const inside = (...command: string[]) => docker('exec', '-u', 'postgres', name, ...command);
  await eventually(() =>
    inside(
      'psql',
      '-h',
      '127.0.0.1',
      '-d',
      `postgresql://postgres:${PASSWORD}@127.0.0.1/postgres`,
      '-c',
      'select 1',
    ),
  );
  const port = Number(/:(\d+)$/m.exec(await docker('port', name, '5432'))?.[1]);
  const login = (role: string) => ({ user: `dr365_${role}`, password: `${label}-${role}-${PASSWORD}` });
  return {
    name,
    inside,
    settings: {
      metricsName: 'dr365v_metrics',
      riskName: 'dr365v',
      dataDir: join(tmpdir(), 'dr365-test-no-data-dir'),
      external: { host: '127.0.0.1', port, tls: 'off', caFile: undefined },
      logins: {
        owner: { user: 'postgres', password: PASSWORD },
        collector: login('collector'),
        advisor: login('advisor'),
        reader: login('reader'),
      },
    },
    [Symbol.asyncDispose]: async () => {
      await sh('docker', ['rm', '-f', '-v', name]);
    },
  };
}

/** A file from one container to another, by way of this machine, as a backup goes. */
export async function carry(from: ServerContainer, to: ServerContainer, file: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dr365-backup-'));
  try {
    const copy = join(folder, 'file');
    await docker('cp', `${from.name}:${file}`, copy);
    await docker('cp', copy, `${to.name}:${file}`);
    await docker('exec', '-u', 'root', to.name, 'chmod', '644', file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
