import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { FONT, readFont } from './font.ts';
import type { Scene } from './scene.ts';
import { toSvg } from './svg.ts';

/** Pixels per unit of a scene: letters of 10 units have to be readable. */
const ZOOM = 1.5;

let ready: Promise<Uint8Array> | undefined;

/** The renderer is set up once per process, at the first picture. */
function prepare(): Promise<Uint8Array> {
  ready ??= setUp().catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  return ready;
}

async function setUp(): Promise<Uint8Array> {
  const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  const [code, font] = await Promise.all([readFile(wasm), readFont()]);
  await initWasm(code);
  return font;
}

/** A scene as PNG, light, without a browser and without native code. */
export async function toPng(scene: Scene): Promise<Uint8Array> {
  const font = await prepare();
  const renderer = new Resvg(toSvg(scene, 'light', FONT), {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontBuffers: [font], defaultFontFamily: FONT, loadSystemFonts: false },
  });
  try {
    const image = renderer.render();
    const png = image.asPng();
    image.free();
    return png;
  } finally {
    renderer.free();
  }
}
