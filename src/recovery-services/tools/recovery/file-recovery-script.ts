import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { ToolError } from '../../errors.ts';
import { privateFiles } from '../../private-files.ts';

export const scriptShape = z.object({
  extension: z.string(),
  /** On the host of this server; its owner alone may read it. */
  delivered_to: z.string(),
  sha256: z.string(),
});
export type DeliveredScript = z.infer<typeof scriptShape> & { osType: string | null };

const optional = z.string().nullish();
const targetSchema = z.object({
  recoveryTarget: z.object({
    clientScripts: z.array(
      z.object({ scriptContent: optional, scriptExtension: optional, osType: optional, url: optional }),
    ),
  }),
});

const FOLDER = 'file-recovery';

/** Each point has one file at a time: the script of a renewed session takes the place of the one before. */
export type ScriptPlace = { stateDir: string; machine: string; point: string };

/** Removes the script of a session that is closed. @returns whether there was one */
export function discardScript(place: ScriptPlace): boolean {
  const base = `${baseOf(place)}.`;
  return privateFiles(join(place.stateDir, FOLDER)).remove((name) => name.startsWith(base)) > 0;
}

/**
 * Writes the script of a file recovery session, with its password, where only the OS user of this server can read it.
 * Nothing of it is in what comes back.
 * @param properties of the operation that opened the session
 * @throws ToolError `azure` if Azure gave none, `config` if it cannot be written; the session is open then
 */
export function deliverScript(properties: Record<string, unknown>, facts: ScriptPlace): DeliveredScript {
  const parsed = targetSchema.safeParse(properties);
  const scripts = parsed.success ? parsed.data.recoveryTarget.clientScripts : [];
  const script = scripts.find(({ scriptContent, url }) => Boolean(scriptContent) || Boolean(url));
  if (!script) throw noScript();
  const content = script.scriptContent ? toBytes(script.scriptContent) : Buffer.from(`${script.url}\n`);
  const extension = script.scriptContent ? extensionOf(script.scriptExtension) : '.url.txt';
  const name = `${baseOf(facts)}${extension}`;
  const folder = join(facts.stateDir, FOLDER);
  keep(folder, name, content);
  return {
    extension,
    delivered_to: join(folder, name),
    sha256: createHash('sha256').update(content).digest('hex'),
    osType: script.osType ?? null,
  };
}

/** Azure sends it in base64. */
function toBytes(content: string): Buffer {
  const isBase64 = content.length % 4 === 0 && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(content);
  return Buffer.from(content, isBase64 ? 'base64' : 'utf8');
}

const extensionOf = (text: string | null | undefined) =>
  /^\.\w{1,8}$/.test(text ?? '') ? String(text) : '.txt';
const plain = (text: string) => text.replaceAll(/[^\w-]+/g, '_').slice(0, 60);
const baseOf = ({ machine, point }: ScriptPlace) => `${plain(machine)}-${plain(point)}`;

function keep(folder: string, name: string, content: Buffer): void {
  try {
    privateFiles(folder).write(name, content);
  } catch (cause) {
    throw new ToolError('config', `the session is open, and its script cannot be written to ${folder}`, {
      code: 'script-not-written',
      hint: 'Make the folder of state_dir writable and call again: Azure gives the script again. action = revoke closes the session.',
      cause,
    });
  }
}

const noScript = () =>
  new ToolError('azure', 'Azure opened the session and gave no script for it', {
    code: 'no-script',
    hint: 'Call again: Azure gives the script again. action = revoke closes the session.',
  });
