import { SETTINGS } from './settings.ts';

type Env = Record<string, string | undefined>;

const PLACEHOLDER = /^\s*\$\{user_config\.(\w+)\}\s*$/;

/**
 * Takes placeholders out of `env`. Clients hand on a field that was left blank as the words `${user_config.field}`. Those are
 * no values: a setting that has a default gets it, one that has none is what the person has to be told about.
 * @returns the fields that have to be filled in, as the form calls them
 */
export function takePlaceholders(env: Env): string[] {
  const missing: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    const field = PLACEHOLDER.exec(value ?? '')?.[1];
    if (!field) continue;
    const setting = SETTINGS.find((known) => known.variable === variable);
    if (setting?.fallback !== undefined) {
      env[variable] = String(setting.fallback);
      continue;
    }
    missing.push(setting ? `"${setting.title}" (${field})` : `${variable} (${field})`);
    delete env[variable];
  }
  return missing;
}

/** What to do about it, in the words of the person who installed the extension. */
export const explainMissing = (missing: string[]): string =>
  `The extension dr365 is not set up to the end: fill in ${missing.join(', ')} in its settings ` +
  '(in Claude Desktop: Settings, Extensions, dr365, Configure), then start it again.';
