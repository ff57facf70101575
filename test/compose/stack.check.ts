import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { askOverHttp, askOverStdio } from './asking.ts';
import { buildImage, docker, eventually, IMAGE, prepareStack, requireEngine, sh } from './engine.ts';
import { addressesOf, crash, gatewaysOf, probeFrom } from './inside.ts';

// One stack from nothing to nothing, step by step: each test begins where the one before ended.

requireEngine();

const project = `dr365test${randomBytes(3).toString('hex')}`;
const port = 20_000 + (process.pid % 10_000);
const stack = prepareStack(project, port);
const say = (text: string) => process.stdout.write(`# ${text}\n`);
const SIMULATOR = `${project}-vbr`;

let token = '';
let settings: string[] = [];
const ask = (tool: string, args = {}) => askOverHttp(stack.url, token, tool, args);

before(async () => {
  say(`image built in ${(await buildImage()).toFixed(0)} s, ${await sizeOfImage()}`);
});

after(async () => {
  await sh('docker', ['rm', '-f', SIMULATOR]);
  await stack[Symbol.asyncDispose]();
});

const sizeOfImage = async () => {
  const bytes = Number(await docker('image', 'inspect', '--format', '{{.Size}}', IMAGE));
  return `${(bytes / 1e6).toFixed(0)} MB`;
};

test('the stack comes up from nothing with a backup server in .env and nothing else', async () => {
  settings = await startBackupServer();
  stack.setEnv(settings);
  const from = Date.now();
  await stack.compose('up', '-d');
  await stack.untilGreen();
  const green = (Date.now() - from) / 1000;
  token = await stack.compose('exec', '-T', 'mcp', 'cat', '/settings/MCP_HTTP_TOKEN');
  assert.match(token, /^[\w-]{40,}$/);
  const answer = await eventually(async () => {
    const health = await ask('get_health_status');
    assert.match(JSON.stringify(health), /"grade":"[A-F]"/);
    return health;
  });
  assert.ok(answer.as_of);
  say(
    `green after ${green.toFixed(0)} s, first question answered after ${((Date.now() - from) / 1000).toFixed(0)} s`,
  );
});

/** A simulated one in the network that leads outside. @returns the lines of .env */
async function startBackupServer(): Promise<string[]> {
  // The network as compose would make it, since it makes none before the services are started.
  const labels = [`project=${project}`, 'network=outside'].flatMap((one) => [
    '--label',
    `com.docker.compose.${one}`,
  ]);
  await docker('network', 'create', ...labels, `${project}_outside`);
  const run = ['run', '-d', '--name', SIMULATOR, '--hostname', 'vbr.test', '--network-alias', 'vbr.test'];
  const options = ['--scenario=demo', '--seed=7', '--jobs=20', '--days=30', '--host=vbr.test', '--port=9419'];
  await docker(...run, '--network', `${project}_outside`, IMAGE, 'simulator', ...options);
  const line = await eventually(async () => {
    const [first = ''] = (await docker('logs', SIMULATOR)).split('\n');
    return JSON.parse(first) as { veeam: Record<'username' | 'password' | 'fingerprint', string> };
  });
  const { username, password, fingerprint } = line.veeam;
  return [
    'VEEAM_SERVER=vbr.test',
    `VEEAM_USERNAME=${username}`,
    `VEEAM_PASSWORD=${password}`,
    `VEEAM_TLS_FINGERPRINT=${fingerprint}`,
  ];
}

test('all four collectors and both advisors have run', async () => {
  await eventually(async () => {
    const text = JSON.stringify(await ask('get_data_freshness'));
    for (const worker of ['health', 'capacity', 'efficiency', 'rto', 'risk', 'remediation'])
      assert.match(text, new RegExp(`"${worker}"`));
    assert.doesNotMatch(text, /"(never|missing)"/i);
  }, 240);
  for (const tool of ['get_capacity_forecast', 'analyze_risks', 'get_remediation_plan']) await ask(tool);
});

test('a client can start the server itself, over stdin and stdout', async () => {
  const { code, stdout } = await sh('docker', ['compose', 'version']);
  const program = code === 0 && stdout ? ['docker', 'compose'] : ['docker-compose'];
  const file = join(stack.folder, 'docker-compose.yml');
  const answer = await askOverStdio(
    [...program, '-f', file, 'run', '--rm', '-T', 'mcp-stdio'],
    { cwd: stack.folder, env: { COMPOSE_PROJECT_NAME: project } },
    'get_health_status',
  );
  assert.match(JSON.stringify(answer), /"grade":"[A-F]"/);
});

test('without the token nobody is answered, and on other addresses of the machine nobody listens', async () => {
  const { status } = await fetch(stack.url, { method: 'POST', body: '{}' });
  assert.equal(status, 401);
  const ports = await docker(
    'ps',
    '--filter',
    `label=com.docker.compose.project=${project}`,
    '--format',
    '{{.Ports}}',
  );
  const published = ports.split(/[\n,]/).filter((one) => one.includes('->'));
  assert.deepEqual(
    published.map((one) => one.trim()),
    [`127.0.0.1:${port}->3365/tcp`],
  );
});

test('from advisor and mcp nothing but Postgres can be reached', async () => {
  const services = ['postgres', 'collectors', 'advisor', 'mcp', 'ingress'];
  const others = [
    'collectors:3365',
    'advisor:3365',
    'ingress:3365',
    'door:3365',
    'vbr.test:9419',
    'simulator:9419',
  ];
  const outside = [
    'example.com:443',
    '203.0.113.1:443',
    ...(await addressesOf(SIMULATOR)).map((ip) => `${ip}:9419`),
  ];
  const gateways = (await gatewaysOf(project)).map((ip) => `${ip}:${port}`);
  for (const name of ['advisor', 'mcp']) {
    const container = await stack.container(name);
    const own = await addressesOf(container);
    const inside: string[] = [];
    for (const service of services)
      for (const ip of await addressesOf(await stack.container(service)))
        if (!own.includes(ip)) inside.push(`${ip}:3365`, `${ip}:5432`, `${ip}:22`);
    const found = await probeFrom(container, [
      'postgres:5432',
      ...others,
      ...outside,
      ...gateways,
      ...inside,
    ]);
    const open = Object.keys(found).filter((target) => found[target] === 'open');
    const database = await addressesOf(await stack.container('postgres'));
    const wrong = open.filter(
      (target) => target !== 'postgres:5432' && !database.includes(target.split(':')[0] ?? ''),
    );
    assert.equal(found['postgres:5432'], 'open');
    assert.deepEqual(wrong, [], name);
    say(`${name}: ${Object.keys(found).length} places tried, open: ${open.join(', ')}`);
  }
  // That the same probe finds what is there:
  const seen = await probeFrom(await stack.container('collectors'), [
    'vbr.test:9419',
    'postgres:5432',
    'mcp:3365',
  ]);
  assert.deepEqual(seen, { 'vbr.test:9419': 'open', 'postgres:5432': 'open', 'mcp:3365': 'no such name' });
});

test('containers are locked: no root, nothing to write, no privilege, bounded logs and memory', async () => {
  for (const { name, id } of await stack.services()) {
    const [box] = JSON.parse(await docker('inspect', id)) as {
      Config: { User: string };
      HostConfig: {
        ReadonlyRootfs: boolean;
        CapDrop: string[] | null;
        SecurityOpt: string[];
        Memory: number;
        LogConfig: { Config: Record<string, string> };
        RestartPolicy: { Name: string };
      };
    }[];
    assert.ok(box);
    const { HostConfig: host } = box;
    assert.ok(host.Memory > 0, name);
    assert.ok(host.LogConfig.Config['max-size'], name);
    assert.ok(
      host.SecurityOpt.some((one) => one.startsWith('no-new-privileges')),
      name,
    );
    const isOnce = ['secrets', 'migrate'].includes(name);
    assert.equal(host.RestartPolicy.Name, isOnce ? 'no' : 'unless-stopped', name);
    if (name === 'postgres') continue;
    assert.equal(host.ReadonlyRootfs, true, name);
    assert.deepEqual(host.CapDrop, ['ALL'], name);
    assert.equal(box.Config.User, name === 'secrets' ? '0:0' : '1000:1000', name);
  }
});

const SECRETS = [
  'DB_PASSWORD',
  'DB_COLLECTOR_PASSWORD',
  'DB_ADVISOR_PASSWORD',
  'DB_READER_PASSWORD',
  'MCP_HTTP_TOKEN',
];

/** What the service `secrets` keeps, by the volume that nobody else sees. */
async function keptSecrets(): Promise<Record<string, string>> {
  const script = `const fs=require('fs');console.log(JSON.stringify(Object.fromEntries(fs.readdirSync('/kept').map((n)=>[n,fs.readFileSync('/kept/'+n,'utf8')]))))`;
  const mount = `${project}_secrets:/kept:ro`;
  return JSON.parse(
    await docker(
      'run',
      '--rm',
      '--network=none',
      '--user=0',
      '-v',
      mount,
      '--entrypoint=node',
      IMAGE,
      '-e',
      script,
    ),
  ) as Record<string, string>;
}

test('no password is in what the engine tells, in a log or in the image', async () => {
  const kept = await keptSecrets();
  assert.deepEqual(Object.keys(kept).sort(), [...SECRETS].sort());
  const password = settings.find((line) => line.startsWith('VEEAM_PASSWORD='))?.split('=')[1] ?? '';
  const secrets = [...Object.values(kept), password];
  const told: string[] = [
    await docker('history', '--no-trunc', IMAGE),
    await docker('image', 'inspect', IMAGE),
  ];
  for (const { id } of await stack.services()) {
    told.push(await docker('inspect', id));
    const { stdout, stderr } = await sh('docker', ['logs', id]);
    told.push(stdout, stderr);
  }
  told.push(await stack.compose('config'));
  for (const secret of secrets) assert.ok(!told.join('\n').includes(secret));
});

test('a container sees the password of its own role and no other', async () => {
  const list = 'console.log(require("fs").readdirSync("/settings").filter((n)=>/^(DB|MCP)_/.test(n)).join())';
  const seen: Record<string, string> = {};
  for (const name of ['collectors', 'advisor', 'mcp'])
    seen[name] = await stack.compose('exec', '-T', name, 'node', '-e', list);
  assert.deepEqual(seen, {
    collectors: 'DB_COLLECTOR_PASSWORD',
    advisor: 'DB_ADVISOR_PASSWORD',
    mcp: 'DB_READER_PASSWORD,MCP_HTTP_TOKEN',
  });
  const mode =
    'console.log(require("fs").readdirSync("/settings").map((n)=>(require("fs").statSync("/settings/"+n).mode&511).toString(8)).join())';
  assert.match(await stack.compose('exec', '-T', 'collectors', 'node', '-e', mode), /^400(,400)*$/);
});

for (const name of ['collectors', 'advisor', 'mcp', 'ingress', 'postgres'])
  test(`${name} that is killed is back, and questions are answered`, async () => {
    const id = await stack.container(name);
    const from = Date.now();
    await crash(id, IMAGE);
    await eventually(async () => {
      assert.ok(Number(await docker('inspect', '--format', '{{.RestartCount}}', id)) > 0);
    });
    await eventually(() => ask('get_health_status'));
    const answered = (Date.now() - from) / 1000;
    await stack.untilGreen(180);
    say(
      `${name} killed: answers after ${answered.toFixed(0)} s, green after ${((Date.now() - from) / 1000).toFixed(0)} s`,
    );
  });

test('several replicas of the collectors run beside each other', async () => {
  await stack.compose('up', '-d', '--no-recreate', '--scale', 'collectors=3');
  await stack.untilGreen(180);
  const replicas = (await stack.services()).filter(({ name }) => name === 'collectors');
  assert.equal(replicas.length, 3);
  await stack.compose('up', '-d', '--no-recreate', '--scale', 'collectors=1');
});

test('a password that is changed in .env counts after the next up', async () => {
  const wrong = settings.map((line) => line.replace(/^VEEAM_PASSWORD=.*/, 'VEEAM_PASSWORD=not-the-one'));
  const before = await docker(
    'inspect',
    '--format',
    '{{.RestartCount}}',
    await stack.container('collectors'),
  );
  stack.setEnv(wrong);
  await stack.compose('up', '-d');
  await eventually(async () => {
    const count = await docker(
      'inspect',
      '--format',
      '{{.RestartCount}}',
      await stack.container('collectors'),
    );
    assert.ok(Number(count) > Number(before));
  });
  const { code, stdout, stderr } = await stack.tried('exec', '-T', 'collectors', 'dr365', 'worker', 'health');
  assert.notEqual(code, 0, stdout);
  assert.match(stdout + stderr, /sign-in|password/i);
  stack.setEnv(settings);
  await stack.compose('up', '-d');
  await eventually(async () => {
    const again = await stack.tried('exec', '-T', 'collectors', 'dr365', 'worker', 'health');
    assert.equal(again.code, 0, again.stderr);
  });
});

test('a source that is down makes nothing unhealthy', async () => {
  await docker('stop', SIMULATOR);
  await stack.tried('exec', '-T', 'collectors', 'dr365', 'worker', 'capacity');
  const { stdout } = await stack.tried('exec', '-T', 'collectors', 'dr365', 'health');
  assert.equal(stdout, 'healthy\n');
  await docker('start', SIMULATOR);
});

test('a database of a newer version is refused with one line, by what starts and by mcp', async () => {
  const sql = (text: string) =>
    stack.compose('exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-d', 'dr365v_metrics', '-qc', text);
  await sql("insert into kysely_migration (name, timestamp) values ('9999_future', now()::text)");
  const refused = [
    ['run', '--rm', '--no-deps', '-T', 'migrate'],
    ['exec', '-T', 'collectors', 'dr365', 'worker', 'health'],
    ['exec', '-T', 'advisor', 'dr365', 'worker', 'risk'],
  ];
  for (const command of refused) {
    const { code, stdout, stderr } = await stack.tried(...command);
    assert.equal(code, 2, `${command.join(' ')}: ${stdout}${stderr}`);
    assert.match(stderr, /the metrics database is newer than this program \(it has 9999_future\)/);
    assert.equal(stderr.split('\n').filter((line) => line.includes('newer')).length, 1);
  }
  await stack.compose('restart', 'mcp');
  await assert.rejects(
    eventually(() => ask('get_health_status'), 30),
    /newer than this program/,
  );
  const { code, stderr } = await stack.tried('up', '-d');
  assert.notEqual(code, 0);
  assert.match(stderr, /migrate|collectors/);
  await sql("delete from kysely_migration where name = '9999_future'");
  await stack.compose('up', '-d');
  await eventually(() => ask('get_health_status'));
});

test('after down and up the data and the token are what they were', async () => {
  const count = 'select count(*) from run';
  const runs = () =>
    stack.compose('exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-d', 'dr365v_metrics', '-Atc', count);
  const earlier = Number(await runs());
  await docker('rm', '-f', SIMULATOR);
  await stack.compose('down');
  assert.deepEqual(await stack.services(), []);
  await stack.compose('up', '-d');
  await eventually(() => ask('get_health_status'));
  assert.ok(Number(await runs()) >= earlier);
  say(
    `memory: ${(await docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'))
      .split('\n')
      .filter((line) => line.startsWith(project))
      .join('; ')}`,
  );
});

test('down -v leaves nothing', async () => {
  await sh('docker', ['rm', '-f', SIMULATOR]);
  await stack.compose('down', '-v');
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  assert.equal(await docker('ps', '-aq', ...filter), '');
  assert.equal(await docker('volume', 'ls', '-q', ...filter), '');
  assert.equal(await docker('network', 'ls', '-q', ...filter), '');
});
