import { SETTINGS, type Setting } from './settings.ts';

export type Described = { name: string; description?: string | undefined };

/** Facts that the extension, the registry and the package say alike. */
export const PRODUCT = {
  name: 'dr365',
  title: 'dr365 backup risk intelligence',
  description: 'Answers why Veeam and Azure backups fail, fill up or may not come back. Read-only.',
  entryPoint: 'server/mcp.cjs',
} as const;

const LONG_DESCRIPTION =
  'Answers questions about backups from the tables that the dr365 workers keep: which job fails and why, when a repository ' +
  'is full and how sure that is, which machine was never restored, what changed, and a plan for the worst risk. Each answer ' +
  'says how old and how complete its data is.\n\nIt needs a PostgreSQL server that the workers of dr365 write to, and the ' +
  'password of its read-only role. It reaches nothing else and changes nothing.';

/**
 * The manifest of the desktop extension, in the format 0.3.
 * @see https://github.com/anthropics/mcpb/blob/main/MANIFEST.md
 */
export function toManifest(version: string, tools: readonly Described[]): object {
  return {
    manifest_version: '0.3',
    name: PRODUCT.name,
    display_name: PRODUCT.title,
    version,
    description: PRODUCT.description,
    long_description: LONG_DESCRIPTION,
    author: { name: 'dr365' },
    license: 'MIT',
    keywords: ['backup', 'veeam', 'azure', 'recovery', 'capacity', 'risk'],
    server: {
      type: 'node',
      entry_point: PRODUCT.entryPoint,
      mcp_config: {
        command: 'node',
        args: [`\${__dirname}/${PRODUCT.entryPoint}`],
        env: Object.fromEntries(
          SETTINGS.map(({ variable, field }) => [variable, `\${user_config.${field}}`]),
        ),
      },
    },
    tools: tools.map(({ name, description = '' }) => ({ name, description: firstSentence(description) })),
    tools_generated: false,
    user_config: Object.fromEntries(SETTINGS.map((setting) => [setting.field, toField(setting)])),
    compatibility: {
      claude_desktop: '>=1.0.0',
      platforms: ['darwin', 'win32', 'linux'],
      runtimes: { node: '>=22.0.0' },
    },
  };
}

function toField({ title, description, type, fallback, isSecret, min, max }: Setting): object {
  return {
    type,
    title,
    description,
    required: fallback === undefined,
    ...(fallback !== undefined && { default: fallback }),
    ...(isSecret && { sensitive: true }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

const firstSentence = (text: string) => /^.*?[.?!](?=\s|$)/s.exec(text)?.[0] ?? text;
