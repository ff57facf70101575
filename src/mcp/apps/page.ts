import { paletteOf, type Theme } from '../charts/palette.ts';

const variables = (theme: Theme) =>
  Object.entries(paletteOf(theme))
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

const STYLE = [
  `:root{color-scheme:light;${variables('light')}}`,
  `@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables('dark')}}}`,
  `:root[data-theme=dark]{color-scheme:dark;${variables('dark')}}`,
  'html{background:var(--paper)}',
  'body{margin:0;padding:4px 0 8px;color:var(--ink);font:13px/1.45 system-ui,sans-serif}',
  'svg{display:block;max-width:100%}p{margin:4px 10px;overflow-wrap:anywhere}',
  '#readout{min-height:2.9em;color:var(--ink)}#summary{color:var(--muted)}',
  'pre{margin:4px 10px;white-space:pre-wrap;overflow-wrap:anywhere}',
  '.mark{fill:transparent;stroke-width:2;outline:none}.mark:hover,.mark:focus{stroke:var(--ink)}',
].join('');

/** A view as one document: style, script and nothing from elsewhere. */
export function toPage(title: string, script: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${title}</title><style>${STYLE}</style></head><body>`,
    '<div id="chart"></div>',
    '<p id="readout" aria-live="polite" hidden>Point at a part, or press Tab and the arrow keys, to read it.</p>',
    '<p id="summary">Waiting for the answer …</p><pre id="text" hidden></pre>',
    `<script>${script.replaceAll('</', '<\\/')}</script></body></html>`,
  ].join('\n');
}
