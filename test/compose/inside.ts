import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker } from './engine.ts';

const PROBE = readFileSync(join(import.meta.dirname, 'probe.cjs'), 'utf8');

/** What becomes of connections from inside a container: `open`, an error, or that there is no such name. */
export async function probeFrom(
  container: string,
  targets: readonly string[],
): Promise<Record<string, string>> {
  const child = spawn('docker', ['exec', '-i', container, 'node', '-', ...targets], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(PROBE);
  const chunks: string[] = [];
  for await (const chunk of child.stdout) chunks.push(String(chunk));
  return JSON.parse(chunks.join('')) as Record<string, string>;
}

/** Addresses of a container, one for each network that it is in. */
export async function addressesOf(container: string): Promise<string[]> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  return (await docker('inspect', '--format', format, container)).split(' ').filter(Boolean);
}

/** The addresses that the machine itself has in the networks of a project, or would have. */
export async function gatewaysOf(project: string): Promise<string[]> {
  const ids = await docker('network', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project}`);
  const format = '{{range .IPAM.Config}}{{.Gateway}}{{end}}';
  return (await docker('network', 'inspect', '--format', format, ...ids.split('\n')))
    .split('\n')
    .filter(Boolean);
}

/**
 * Ends the first process of a container as a crash would. `docker kill` would not do: the engine takes it as the wish of a person,
 * and starts nothing again.
 */
export async function crash(container: string, image: string): Promise<void> {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', container);
  const kill = `process.kill(${Number(pid)}, 'SIGKILL')`;
  await docker('run', '--rm', '--pid=host', '--user=0', '--entrypoint=node', image, '-e', kill);
}
