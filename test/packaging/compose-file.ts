import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Env = Record<string, string>;

export type ComposeService = {
  name: string;
  /** As it stands in docker-compose.yml, from its name to the next one's. */
  text: string;
  /** With what it takes over from the parts that several share. */
  whole: string;
  /** What its container finds in the environment, given what is in .env. */
  environment: (env?: Env) => Env;
  /** Networks by name, in the order of the file. */
  networks: string[];
  /** Names of its volumes and host paths, without where they are mounted. */
  volumes: string[];
};

export const COMPOSE = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');

/** The services of docker-compose.yml in its own layout: two spaces before a service, six before a variable. */
export function composeServices(): ComposeService[] {
  const [, body = ''] = /^services:\n([\s\S]*?)^x-inside:/m.exec(COMPOSE) ?? [];
  const services = body
    .split(/^ {2}(?=[a-z][\w-]*:$)/m)
    .slice(1)
    .map(toService);
  assert.ok(services.length > 4, 'docker-compose.yml is not laid out as this reads it');
  return services;
}

export function composeService(name: string): ComposeService {
  const service = composeServices().find((one) => one.name === name);
  assert.ok(service, `no service ${name}`);
  return service;
}

/** Variables without which docker-compose reads the file no further, whatever it was asked to start. */
export function requiredVariables(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/\$\{(\w+):\?/g), ([, name]) => String(name)))].sort();
}

function toService(text: string): ComposeService {
  const name = text.slice(0, text.indexOf(':'));
  const own = blockOf(text, 'environment');
  const given = mergedIn(own).map(shared).join('') + own;
  const lines = Array.from(given.matchAll(/^ +([A-Z]\w*): (.*)$/gm), ([, key, value]) => [key, value]);
  return {
    name,
    text,
    whole: expand(text),
    environment: (env = {}) =>
      Object.fromEntries(lines.map(([key, value]) => [key, substitute(String(value), env)])),
    networks: listOf(text, 'networks'),
    volumes: listOf(text, 'volumes').map((one) => one.replace(/^"?(\$\{[^}]*\}|[^:]*):.*$/, '$1')),
  };
}

/** What stands under a key of a service, without the comments. */
const blockOf = (text: string, key: string) =>
  (new RegExp(`^ {4}${key}:\\n((?: {6}.*\\n)*)`, 'm').exec(text)?.[1] ?? '').replace(/^ *#.*\n/gm, '');

/** A list or the keys of a mapping, on one line or on several. */
function listOf(text: string, key: string): string[] {
  const [, line] = new RegExp(`^ {4}${key}: \\[(.*)\\]$`, 'm').exec(text) ?? [];
  const entries = line === undefined ? blockOf(text, key).split('\n') : line.split(/, */);
  return entries
    .map((one) =>
      one
        .trim()
        .replace(/^- /, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter(Boolean)
    .map((one) => (key === 'networks' ? one.replace(/:.*$/, '') : one));
}

function shared(name: string): string {
  const [, text = ''] = new RegExp(`^x-${name}: &${name}\\n((?: {2}.*\\n)*)`, 'm').exec(COMPOSE) ?? [];
  return text;
}

/** Names of what a text merges. */
const mergedIn = (text: string): string[] =>
  Array.from(text.matchAll(/<<: (.*)/g), ([, names]) =>
    Array.from(String(names).matchAll(/\*(\w+)/g), ([, name]) => String(name)),
  ).flat();

/** The text with the parts that it merges, and those that these merge. */
function expand(text: string): string {
  return (
    text +
    mergedIn(text)
      .map((name) => expand(shared(name)))
      .join('')
  );
}

const substitute = (value: string, env: Env) =>
  value
    .replace(/^"(.*)"$/, '$1')
    .replace(/\$\{(\w+):[-?]([^}]*)\}/g, (_, name: string, otherwise: string) => env[name] || otherwise);
