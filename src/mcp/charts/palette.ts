import type { Fill, Tone } from './scene.ts';

type Pair = [fill: string, on: string];
export type Theme = 'light' | 'dark';

/**
 * Fill and the text upon it. States go from blue over amber to red and violet, which people who see fewer colours can tell apart;
 * heat has one hue and grows darker (in the dark: lighter). Contrast of each pair is at least 4.5, which a test holds.
 */
const FILLS: Record<Theme, Record<Fill, Pair>> = {
  light: {
    paper: ['#ffffff', '#1b1f24'],
    line: ['#0b5cad', '#ffffff'],
    band: ['#b5d5f2', '#1b1f24'],
    ok: ['#cfe4f7', '#12324d'],
    watch: ['#ffce6b', '#3d2a00'],
    bad: ['#c9371c', '#ffffff'],
    worst: ['#6d1f8c', '#ffffff'],
    unknown: ['#eef0f2', '#1b1f24'],
    heat0: ['#fff4e6', '#3d2a1a'],
    heat1: ['#fdd9a8', '#3d2a1a'],
    heat2: ['#fba25c', '#2b1a0a'],
    heat3: ['#c2410c', '#ffffff'],
    heat4: ['#7a1405', '#ffffff'],
  },
  dark: {
    paper: ['#1f1f1e', '#ececea'],
    line: ['#6cb6ff', '#0d1b2a'],
    band: ['#27496b', '#ececea'],
    ok: ['#1d4468', '#e3f0fc'],
    watch: ['#f2b93b', '#2b1e00'],
    bad: ['#ff8a65', '#2e0d02'],
    worst: ['#d9a9f5', '#2a0b3a'],
    unknown: ['#303234', '#ececea'],
    heat0: ['#332b26', '#f0e4da'],
    heat1: ['#5a3a22', '#fbe9d9'],
    heat2: ['#8f4a1b', '#ffffff'],
    heat3: ['#f08c46', '#2b1204'],
    heat4: ['#ffd0a1', '#2b1204'],
  },
};

const PLAIN: Record<Theme, Record<'ink' | 'muted' | 'grid', string>> = {
  light: { ink: '#1b1f24', muted: '#525a63', grid: '#c9cfd6' },
  dark: { ink: '#ececea', muted: '#b3b6ba', grid: '#55595e' },
};

/** The colours of a theme by tone. */
export function paletteOf(theme: Theme): Record<Tone, string> {
  const pairs = Object.entries(FILLS[theme]).flatMap(([name, [fill, on]]) => [
    [name, fill],
    [`on-${name}`, on],
  ]);
  return { ...PLAIN[theme], ...Object.fromEntries(pairs) } as Record<Tone, string>;
}
