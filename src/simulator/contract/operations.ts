import { OPERATION_TABLE } from './operation-table.ts';
import type { RevisionIndex } from './revisions.ts';

/** `type`: int, number, bool, text, time, uuid, or the name of an enumeration. */
export type Parameter = { name: string; type: string; isArray: boolean };

type Operation = {
  path: string;
  /** Letters of the roles that may call it, per revision; undefined: not in that revision. */
  roles: (string | undefined)[];
  parameters: Map<string, Parameter>[];
};

export type Match = { operation: Operation; ids: Record<string, string> };

const OPERATIONS = parseTable(OPERATION_TABLE);
const LITERAL = new Map(OPERATIONS.filter(({ path }) => !path.includes('{')).map((one) => [one.path, one]));
const WITH_IDS = OPERATIONS.filter(({ path }) => path.includes('{')).map((operation) => ({
  operation,
  steps: operation.path.split('/'),
}));

/** The operation of a path in one revision with the ids in the path; undefined for a path the revision does not have. */
export function findOperation(path: string, revision: RevisionIndex): Match | undefined {
  const literal = LITERAL.get(path);
  if (literal) return literal.roles[revision] === undefined ? undefined : { operation: literal, ids: {} };
  const given = path.split('/');
  for (const { operation, steps } of WITH_IDS) {
    if (steps.length !== given.length || operation.roles[revision] === undefined) continue;
    const ids = matchSteps(steps, given);
    if (ids) return { operation, ids };
  }
  return undefined;
}

function matchSteps(steps: string[], given: string[]): Record<string, string> | undefined {
  const ids: Record<string, string> = {};
  for (const [i, step] of steps.entries()) {
    const part = given[i] ?? '';
    if (step.startsWith('{') && part !== '') ids[step.slice(1, -1)] = part;
    else if (step !== part) return undefined;
  }
  return ids;
}

function parseTable(table: string): Operation[] {
  return table
    .trim()
    .replace(/\n {2}/g, ' ')
    .split('\n')
    .map(parseLine);
}

function parseLine(line: string): Operation {
  const [path = '', roles = '', ...tokens] = line.split(' ');
  const sets = roles.includes('/') ? roles.split('/') : [roles, roles, roles];
  return {
    path,
    roles: sets.map((set) => (set === '' ? undefined : set)),
    parameters: ['0', '1', '2'].map((revision) => parametersOf(tokens, revision)),
  };
}

function parametersOf(tokens: string[], revision: string): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const token of tokens) {
    const [text = '', only] = token.split('@');
    if (only && !only.includes(revision)) continue;
    for (const part of text === 'paged' ? ['skip:int', 'limit:int'] : [text]) {
      const [name = '', type = ''] = part.split(':');
      parameters.set(name, { name, type: type.replace('[]', ''), isArray: type.endsWith('[]') });
    }
  }
  return parameters;
}
