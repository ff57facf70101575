#!/usr/bin/env node
// One file in two parts. What the start needs is code; what the first question needs stands in comments at the end of the
// file and is read when it is asked for, because Node.js spends longer on looking through it than on all the rest.
'use strict';
const NEEDED = 22;
if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `dr365 needs Node.js ${NEEDED} or newer, this is ${process.versions.node}: install Node.js 24, or name its path in the client's settings.\n`,
  );
  process.exit(2);
}
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');

/** Parts that are loaded at the start, by name. */
const NOW = {};
/** Parts for later, by name: where each starts, in bytes from the end of this file, how long it is, and its SHA-256. */
const LATER = {};

const loaded = {};

function load(name) {
  if (loaded[name]) return loaded[name].exports;
  const run = NOW[name] || compile(name);
  const module = { exports: {} };
  loaded[name] = module;
  run(need, module, module.exports);
  return module.exports;
}

const isPart = (name) => name in NOW || name in LATER;
const need = Object.assign((name) => (isPart(name) ? load(name) : require(name)), {
  resolve: require.resolve,
});

/**
 * A client on a desk asks a few questions an hour: half the memory is worth more than code that is optimised by the time it
 * is asked for the hundredth time. Over HTTP it is the other way round. Where Node.js is part of a browser, flags are frozen.
 */
function preferLittleMemory() {
  if (process.argv.includes('--http') || process.versions.electron || process.versions.nw) return;
  const flags = ['--optimize-for-size', '--semi-space-growth-factor=1', '--no-opt', '--no-maglev'];
  for (const flag of flags) v8.setFlagsFromString(flag);
}

let asked = false;

function compile(name) {
  if (!asked) preferLittleMemory();
  asked = true;
  const filename = `${__filename}#${name}`;
  const names = ['require', 'module', 'exports', '__filename', '__dirname'];
  const run = vm.compileFunction(read(name).replaceAll('*@/', '*/'), names, { filename });
  return (require, module, exports) => run(require, module, exports, __filename, __dirname);
}

/** The text of a part for later. A file that was replaced since the start, by a newer one, has something else there. */
function read(name) {
  const [fromEnd, length, digest] = LATER[name];
  let text;
  try {
    text = readFromEnd(fromEnd, length);
  } catch (cause) {
    throw replaced(cause);
  }
  const { createHash } = require('node:crypto');
  if (createHash('sha256').update(text).digest('base64') !== digest) throw replaced();
  return text.toString('latin1');
}

function readFromEnd(fromEnd, length) {
  const file = fs.openSync(__filename, 'r');
  try {
    const text = Buffer.alloc(length);
    fs.readSync(file, text, 0, length, fs.fstatSync(file).size - fromEnd);
    return text;
  } finally {
    fs.closeSync(file);
  }
}

const replaced = (cause) =>
  Object.assign(new Error('the file of this program was replaced while it ran', { cause }), {
    code: 'PROGRAM_REPLACED',
  });

need.asset = (name) => Buffer.from(read(name), 'base64');
load('./entry.js');
