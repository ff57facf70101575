import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Env = Record<string, string>;

export type ComposeService = {
  name: string;
  /** As it stands in docker-compose.yml, from its name to the next one's. */
  text: string;
  /** What its container finds in the environment, given what is in .env. */
  environment: (env?: Env) => Env;
};

const FILE = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8');

/** The services of docker-compose.yml in its own layout: two spaces before a service, six before a variable. */
export function composeServices(): ComposeService[] {
  const [, body = ''] = /^services:\n([\s\S]*?)^networks:/m.exec(FILE) ?? [];
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
  const [, own = ''] = /^ {4}environment:\n((?: {6}.*\n)*)/m.exec(text) ?? [];
  const [, shared = ''] = /^x-database:.*\n((?: {2}.*\n)*)/m.exec(FILE) ?? [];
  const given = own.includes('<<: *database') ? shared + own : own;
  const lines = Array.from(given.matchAll(/^ +([A-Z]\w*): (.*)$/gm), ([, key, value]) => [key, value]);
  return {
    name,
    text,
    environment: (env = {}) =>
      Object.fromEntries(lines.map(([key, value]) => [key, substitute(String(value), env)])),
  };
}

const substitute = (value: string, env: Env) =>
  value
    .replace(/^"(.*)"$/, '$1')
    .replace(/\$\{(\w+):[-?]([^}]*)\}/g, (_, name: string, otherwise: string) => env[name] || otherwise);
