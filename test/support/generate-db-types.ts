// Writes (or with --verify checks) the table types of src/db, generated from freshly migrated databases.
import { spawnSync } from 'node:child_process';
import { migrate } from '../../src/db/database.ts';
import { asAdmin, newSuffix, startTestServer, toSettings } from './postgres.ts';

const server = await startTestServer();
const settings = toSettings(server, newSuffix());
try {
  await migrate(settings);
  process.exitCode = generate('metrics', settings.metricsName) || generate('risk', settings.riskName);
  await asAdmin(server, async (client) => {
    for (const name of [settings.metricsName, settings.riskName])
      await client.query(`drop database ${name} with (force)`);
  });
} finally {
  await server.stop();
}

function generate(kind: string, database: string): number {
  const { user, password, host, port } = server;
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const flags = [
    '--dialect=postgres',
    `--url=${url}`,
    `--out-file=src/db/${kind}-schema.ts`,
    '--exclude-pattern=kysely_*',
  ];
  // The partitions of a month are not part of the schema; sums of bytes fit a safe number.
  const types = ['--type-mapping={"int8":"number"}', '--no-domains'];
  const { status, stdout, stderr } = spawnSync(
    'kysely-codegen',
    [...flags, ...types, ...process.argv.slice(2)],
    { encoding: 'utf8', shell: false },
  );
  process.stderr.write(`${stdout}${stderr}`.replaceAll(url, '(database)'));
  if (status !== 0)
    process.stderr.write(`src/db/${kind}-schema.ts is not what the migrations give: npm run db:types\n`);
  return status ?? 1;
}
