import type { Attribute } from './health/incidents.ts';

const SHORTEST = 3;
const LONGEST_INPUT = 4000;

/** Where one name stands for several roles of a machine, the role that the message talks about; else the first of these. */
const ROLES: readonly (readonly [Attribute['kind'], RegExp])[] = [
  ['proxy', /prox(?:y|ies)/],
  ['repository', /repositor|backup location|extent|dépôt/],
  ['host', /host|server/],
];

/**
 * Finds infrastructure by its name in failure messages: "Failed to connect to proxy px-03" names the proxy that no other
 * field of a session does. Names are compared without letter case, host names also by their first label, since messages
 * use both forms. A name that two entries of one kind share is ambiguous and is not used; a server that is a proxy as well
 * is taken for what the message calls it.
 *
 * @param catalogue proxies, hosts and repositories of the source, with names
 * @returns a function that gives the attributes named in a message, each once
 */
export function attributeFinder(
  catalogue: readonly Attribute[],
): (message: string | null | undefined) => Attribute[] {
  const byName = new Map<string, Attribute[]>();
  for (const attribute of catalogue) {
    const name = (attribute.name ?? '').trim().toLowerCase();
    const [label = ''] = name.split('.');
    for (const form of new Set([name, /[a-z]/.test(label) ? label : name])) {
      if (form.length >= SHORTEST) byName.set(form, [...(byName.get(form) ?? []), attribute]);
    }
  }
  const withBlank = [...byName.keys()].filter((name) => /[^\p{L}\p{N}_.-]/u.test(name));
  return (message) => {
    const text = (message ?? '').slice(0, LONGEST_INPUT).toLowerCase();
    const words = [...text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_.-]*/gu)].map(([word]) =>
      word.replace(/[.-]+$/, ''),
    );
    const names = [...words, ...withBlank.filter((name) => containsWord(text, name))];
    const found = names.flatMap((name) => chooseRole(byName.get(name) ?? [], text));
    return [...new Map(found.map((attribute) => [`${attribute.kind} ${attribute.id}`, attribute])).values()];
  };
}

function chooseRole(named: readonly Attribute[], text: string): Attribute[] {
  const ofKind = (kind: Attribute['kind']) => {
    const entries = named.filter((attribute) => attribute.kind === kind);
    return new Set(entries.map(({ id }) => id)).size === 1 ? entries.slice(0, 1) : [];
  };
  const called = ROLES.find(([kind, word]) => ofKind(kind).length > 0 && word.test(text));
  const first = called ?? ROLES.find(([kind]) => ofKind(kind).length > 0);
  return first ? ofKind(first[0]) : [];
}

function containsWord(text: string, name: string): boolean {
  const isWord = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + name.length])) return true;
  }
  return false;
}
