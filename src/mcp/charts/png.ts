import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { readAsset } from './assets.ts';
import { FONT, woffToTrueType } from './font.ts';
import type { Scene } from './scene.ts';
import { toSvg } from './svg.ts';

/** Pixels per unit of a scene: letters of 10 units have to be readable, and a long list has to stay small. */
const ZOOMS = [1.5, 1.2, 1];
const MOST_BYTES = 100_000;

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
  // DejaVu Sans comes along, since a container has no fonts; its package has it compressed for browsers.
  const [code, font] = await Promise.all([readAsset('renderer'), readAsset('font')]);
  await initWasm(code);
  return woffToTrueType(font);
}

/** A scene as PNG in light colours, without a browser and without native code; about 100 kB at most. */
export async function toPng(scene: Scene): Promise<Uint8Array> {
  const font = await prepare();
  const svg = toSvg(scene, 'light', FONT);
  let png = new Uint8Array();
  for (const zoom of ZOOMS) {
    png = render(svg, font, zoom);
    if (png.length <= MOST_BYTES) break;
  }
  return png;
}

function render(svg: string, font: Uint8Array, zoom: number): Uint8Array<ArrayBuffer> {
  const renderer = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: [font], defaultFontFamily: FONT },
  });
  try {
    const image = renderer.render();
    const png = new Uint8Array(image.asPng());
    image.free();
    return png;
  } finally {
    renderer.free();
  }
}
