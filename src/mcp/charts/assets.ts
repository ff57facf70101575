import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AnswerError } from '../errors.ts';

const FILES = {
  renderer: '@resvg/resvg-wasm/index_bg.wasm',
  font: '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff',
};

/**
 * A file that pictures are made with, from its package.
 * @throws AnswerError where it is not installed beside this program
 */
export async function readAsset(name: keyof typeof FILES): Promise<Buffer> {
  try {
    return await readFile(createRequire(import.meta.url).resolve(FILES[name]));
  } catch (cause) {
    throw new AnswerError(
      'PNG pictures cannot be drawn by this installation; the text has the whole answer.',
      {
        cause,
      },
    );
  }
}
