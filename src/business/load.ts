import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { ConfigError } from '../errors.ts';
import type { BusinessContext } from './context.ts';
import { type Problem, toProblems } from './problems.ts';
import { type FileSettings, fileSchema } from './schema.ts';
import { findContradictions, toContext } from './to-context.ts';
import { lineOf } from './toml-lines.ts';

/**
 * The business context that a file holds, deeply frozen.
 * @param path of a TOML file; undefined: all defaults
 * @throws ConfigError that names the file and, for everything that is wrong in it, line, key and remedy
 */
export function loadBusinessContext(path: string | undefined): BusinessContext {
  if (path === undefined) return toContext({}, { path: null, fingerprint: fingerprintOf({}) });
  return parseBusinessContext(readText(path), path);
}

/** The same for a text that has been read. `path` is for messages and for the record. */
export function parseBusinessContext(text: string, path: string): BusinessContext {
  const settings = parseSettings(text, path);
  return toContext(settings, { path, fingerprint: fingerprintOf(settings) });
}

/** What a file says, checked. @throws ConfigError that names file, line, key and remedy */
export function parseSettings(text: string, path: string): FileSettings {
  // The section of another program, which checks it itself.
  const { recovery_services: _, ...data } = parseToml(text, path);
  const parsed = fileSchema.safeParse(data);
  const problems = parsed.success
    ? findContradictions(parsed.data)
    : parsed.error.issues.flatMap((issue) => toProblems(issue, data));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(toMessage(problems, text, path));
  return parsed.data;
}

/** @throws ConfigError if the file cannot be read, or not as UTF-8 */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `${path} cannot be read (${code}): DR365_CONFIG has to name a TOML file that this account may read`,
      { cause },
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // also takes a byte order mark away
  } catch (cause) {
    throw new ConfigError(`${path} is not UTF-8: save it with this encoding`, { cause });
  }
}

/** @throws ConfigError that names the line of what is no TOML */
export function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const reason = cause.message.split('\n', 1)[0]?.replace('Invalid TOML document: ', '');
    throw new ConfigError(`${path}, line ${cause.line}: no valid TOML: ${reason} (column ${cause.column})`, {
      cause,
    });
  }
}

/** Long enough to see what is wrong everywhere, short enough for a screen. */
const MOST_PROBLEMS = 20;

/** The problems of one file, each with its line. */
export function toMessage(problems: Problem[], text: string, path: string): string {
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map((problem) => ({ ...problem, line: lineOf(text, problem.path, problem.item) }))
    .sort((left, right) => (left.line ?? 0) - (right.line ?? 0))
    .map(({ line, message }) => `${line === null ? '' : `line ${line}: `}${message}`);
  if (lines.length === 1) return `${path}, ${lines[0]}`;
  const more = problems.length - lines.length;
  return [`${path} has wrong settings:`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n  ');
}

/** Where sources are and who signs in says nothing about the business. */
function fingerprintOf(settings: FileSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted({ ...settings, veeam: undefined })))
    .digest('hex')
    .slice(0, 16);
}

/** With the keys of every table in order. The order in a list counts: the first of equal patterns is the rule that is named. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
