/** Shorter values would be found in the middle of ordinary words. */
const SHORTEST = 4;
const CENSOR = '[redacted]';

/** The longest first: one may be part of another. */
let known: string[] = [];

/** From now on `value` is replaced wherever it would be logged, also in the forms in which it travels. */
export function rememberSecret(value: string | undefined): void {
  if (!value || value.trim().length < SHORTEST) return;
  remember([
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice('value='.length),
  ]);
}

function remember(forms: string[]): void {
  if (forms.every((form) => known.includes(form))) return;
  known = [...new Set([...known, ...forms])].sort((a, b) => b.length - a.length);
}

/** `user:password` as it is sent by basic authentication. */
export function rememberLogin(user: string, password: string): void {
  rememberSecret(password);
  if (password.length >= SHORTEST) remember([Buffer.from(`${user}:${password}`).toString('base64')]);
}

/** Fields whose text is a secret, by their name. Numbers and flags under such names are counts and settings. */
const SECRET_KEY =
  /pass(?:word|wd|phrase|code)?$|^pwd$|secret|(?:^|[a-z_-])token$|^tokens?$|authorization|cookie|api[_-]?key|private[_-]?key|access[_-]?key|credentials?$|webhook|connection[_-]?string|^sig$|^assertion$/i;

/** Secrets by their looks, in any text. What is kept of a match comes from its groups `before` and `after`. */
const PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<before>\b(?:bearer|basic|negotiate|digest)\s+)[A-Za-z0-9+/=._~-]{8,}/gi,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /(?<before>[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s@/"']+(?<after>@)/gi,
  /(?<before>\b(?:https?:\/\/)?hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"'<>]+/gi,
  /(?<before>[?&;](?:sig|code|key|token|access_token|refresh_token|id_token|client_secret|password|secret|api[_-]?key)=)[^&\s"'<>]+/gi,
  /(?<before>["']?\b[\w-]*(?:password|passwd|pwd|secret|access_?token|refresh_?token|id_?token|api[_-]?key|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|authorization|cookie)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"'}\]]+)/gi,
];

/** The text without what is known to be a secret and what looks like one. */
export function redactText(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, CENSOR);
  for (const pattern of PATTERNS) clean = clean.replace(pattern, censored);
  return clean;
}

function censored(...match: unknown[]): string {
  const groups = match.at(-1);
  if (groups === null || typeof groups !== 'object') return CENSOR;
  const { before = '', after = '' } = groups as { before?: string; after?: string };
  return `${before}${CENSOR}${after}`;
}

/** A value as it may be logged: no secret in any text of it, whatever its depth. */
export function redactValue(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return SECRET_KEY.test(key) && value !== '' ? CENSOR : redactText(value);
  if (Array.isArray(value)) return value.map((part) => redactValue(part, key));
  if (value === null || typeof value !== 'object') return value;
  // What is under a secret name is a secret by any name.
  const inherited = SECRET_KEY.test(key) ? key : '';
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [redactText(name), redactValue(part, inherited || name)]),
  );
}
