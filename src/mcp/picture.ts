import type { Log } from '../log.ts';
import type { Scene } from './charts/scene.ts';
import { AnswerError } from './errors.ts';

/** How the answers of a tool are drawn. Loaded at the first picture. */
export type Drawing<Answer> = {
  /** The view of clients that show one, see `apps/`. */
  viewUri: string;
  load: () => Promise<(answer: Answer, width: number) => Scene | null>;
};

/** A picture, or the sentence why there is none. */
export type Picture = { png?: Uint8Array; note?: string };

/** Width of a picture that no page gives one. */
const WIDTH = 720;

/** An answer as PNG, or why there is none: a picture that fails takes no answer with it. */
export async function drawPicture(
  { load }: Drawing<Record<string, unknown>>,
  answer: Record<string, unknown>,
  log: Log,
): Promise<Picture> {
  try {
    const draw = await load();
    const scene = draw(answer, WIDTH);
    if (!scene) return { note: 'No picture: this answer has nothing to draw.' };
    const { toPng } = await import('./charts/png.ts');
    return { png: await toPng(scene) };
  } catch (error) {
    log.error({ err: error }, 'picture not drawn');
    return { note: error instanceof AnswerError ? error.message : 'No picture: it could not be drawn.' };
  }
}

/** The argument of tools whose answers can be drawn. */
export const wantsPicture = (args: unknown): boolean =>
  typeof args === 'object' && args !== null && 'chart' in args && args.chart === 'png';
