#!/usr/bin/env node
// Plain JavaScript, so that a Node that cannot run TypeScript still says what is wrong.
const NEEDED = 24;
const found = Number.parseInt(process.versions.node, 10);
if (found < NEEDED) {
  process.stderr.write(
    `dr365 needs Node.js ${NEEDED} or newer, this is ${process.versions.node}. ` +
      'Start it with "npm run …" (npm ci brings the right Node.js along), or install Node.js 24.\n',
  );
  process.exit(2);
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
