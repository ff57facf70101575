// npm run build [-- --repository https://github.com/OWNER/NAME] [--out FOLDER]: the MCP server as one file, as an
// extension for Claude Desktop, and its entry for the MCP registry.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { listedTools } from '../mcp/listed-tools.ts';
import { programVersion } from '../mcp/version.ts';
import { bundleServer } from './bundle.ts';
import { packExtension } from './extension.ts';
import { collectLicences } from './licences.ts';
import { ROOT } from './replaced.ts';
import { OWNER, toServerJson } from './server-json.ts';

const { values } = parseArgs({
  options: {
    repository: { type: 'string', default: `https://github.com/${OWNER}/dr365` },
    out: { type: 'string', default: join(ROOT, 'dist') },
  },
});
const out = resolve(values.out);
const version = programVersion();
const tools = await listedTools();
const { code, packages } = await bundleServer({ version, listed: tools });
const licences = collectLicences(packages);

mkdirSync(out, { recursive: true });
write('mcp.cjs', code, { mode: 0o755 });
write('THIRD-PARTY-LICENCES.txt', licences);
const { file, sha256 } = await packExtension(join(out, 'extension'), join(out, `dr365-${version}.mcpb`), {
  version,
  code,
  licences,
  tools,
});
say(file, `validated and packed, SHA-256 ${sha256}`);
const url = `${values.repository}/releases/download/v${version}/${basename(file)}`;
const entry = toServerJson({ version, url, sha256, repository: values.repository });
write('server.json', `${JSON.stringify(entry, null, 2)}\n`);
if (values.repository.includes(`/${OWNER}/`))
  process.stdout.write(`${OWNER} in server.json stands for the account that publishes: give --repository\n`);

function write(name: string, text: string, options: { mode?: number } = {}): void {
  writeFileSync(join(out, name), text, options);
  say(join(out, name), `${Math.round(Buffer.byteLength(text) / 1000)} kB`);
}

function say(file: string, what: string): void {
  process.stdout.write(`${relative(process.cwd(), file)}: ${what}\n`);
}
