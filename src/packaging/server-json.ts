import { PRODUCT } from './manifest.ts';
import { SETTINGS } from './settings.ts';

/** Where the extension can be had, and what its bytes are. */
export type Release = { version: string; url: string; sha256: string; repository: string };

/** Stands for the account of whoever publishes, where that is not known. */
export const OWNER = 'OWNER';

/**
 * The entry of the MCP registry, in the format of 2025-12-11: the extension, by its address and digest.
 * @see https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json
 */
export function toServerJson({ version, url, sha256, repository }: Release): object {
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: registryName(repository),
    title: PRODUCT.title,
    description: PRODUCT.description,
    version,
    repository: { url: repository, source: 'github' },
    packages: [
      {
        registryType: 'mcpb',
        identifier: url,
        version,
        fileSha256: sha256,
        transport: { type: 'stdio' },
        environmentVariables: SETTINGS.map(({ variable, title, description, type, fallback, isSecret }) => ({
          name: variable,
          description: `${title}: ${description}`,
          format: type === 'file' ? 'filepath' : type,
          isRequired: fallback === undefined,
          isSecret: isSecret === true,
          ...(fallback !== undefined && fallback !== '' && { default: String(fallback) }),
        })),
      },
    ],
  };
}

/** The registry lets an owner of a GitHub repository use the names that start with it. */
function registryName(repository: string): string {
  const [owner, name] = new URL(repository).pathname.split('/').filter(Boolean);
  return `io.github.${owner}/${name}`;
}
