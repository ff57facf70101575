import type { Rewrite } from './rewriting-proxy.ts';

/** What a text is: the name of a job, a text of its own such as a message, or another name. */
export type Kind = 'job' | 'message' | 'name';

const LETTERS: Record<Kind, string> = { job: 'j', message: 'm', name: 'n' };
/** Fields that hold text which somebody may have written. */
const NAMES =
  /^(name|hostName|friendlyName|entityFriendlyName|repositoryName|backupName|restorePointName|unstructuredServerName|mountedDiskName|diskName|membership|licensedTo|serverName|jobName|createdBy|initiatedBy)$/;
const MESSAGES =
  /^(message|title|description|details|reason|note|errorString|errorTitle|recommendations|additionalInfo|bestPractice|localizedValue)$/;
/** Names that the API makes: of resources, which are parts of ids, and of files, whose ends say what they are. */
const OWN = /^\/subscriptions\/.*|\/backupFiles$/i;

export type Marks = {
  rewrite: Rewrite;
  /** Every text with a mark, as it was rewritten. */
  texts: Set<string>;
  /** How many marks there are of each kind. */
  counts: () => Record<Kind, number>;
};

/** Puts a mark of its own on each text that a server sends: the same text gets the same mark wherever it stands. */
export function createMarks(toText: (text: string, mark: string, kind: Kind) => string = markIt): Marks {
  const known = new Map<string, string>();
  const texts = new Set<string>();
  const numbers: Record<Kind, number> = { job: 0, message: 0, name: 0 };
  const rewrite: Rewrite = (field, text, path) => {
    const kind = kindOf(field, path);
    if (!kind || text.trim() === '' || isWord(text)) return text;
    const seen = known.get(text);
    if (seen) return seen;
    const mark = toMark(kind, numbers[kind]++);
    const made = toText(text, mark, kind);
    known.set(text, made);
    texts.add(made);
    return made;
  };
  return { rewrite, texts, counts: () => ({ ...numbers }) };
}

/** A name keeps its begin, by which lists are in order; a message has the mark first, since it may be cut. */
const markIt = (text: string, mark: string, kind: Kind) =>
  kind === 'message' ? `${mark} ${text}` : `${text} ${mark}`;

function kindOf(field: string, path: string): Kind | undefined {
  if (MESSAGES.test(field)) return 'message';
  if (!NAMES.test(field)) return undefined;
  if (field === 'name' && OWN.test(path)) return undefined;
  return /^\/api\/v1\/(jobs|backups)(\/states)?$/.test(path) && field === 'name' ? 'job' : 'name';
}

/** Words of the API that stand in such fields. */
const isWord = (text: string) => /^(Success|Warning|Failed|None|OK)$/.test(text);

const MARK = /zq([jmn])([a-z]{3})zq/g;

function toMark(kind: Kind, number: number): string {
  const letters = [676, 26, 1].map((unit) => String.fromCodePoint(97 + (Math.floor(number / unit) % 26)));
  return `zq${LETTERS[kind]}${letters.join('')}zq`;
}

/** The marks in a text. */
export function marksIn(text: string): { mark: string; kind: Kind; number: number }[] {
  return [...text.matchAll(MARK)].map(([mark, letter, letters = '']) => ({
    mark,
    kind: (Object.entries(LETTERS).find(([, one]) => one === letter)?.[0] ?? 'name') as Kind,
    number: Array.from(letters).reduce((sum, one) => sum * 26 + (one.codePointAt(0) ?? 97) - 97, 0),
  }));
}
