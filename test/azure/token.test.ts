import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccessToken, createArmTokens } from '../../src/azure/token.ts';
import { SourceError } from '../../src/errors.ts';
import { errorOf } from '../support/http-server.ts';
import { createTestClock } from '../support/test-clock.ts';

const HOUR = 3_600_000;

/** Tokens that a source hands out, numbered, and a switch that makes it fail. */
function startTokens(life: Partial<AccessToken> = {}) {
  const clock = createTestClock();
  const state = { asked: 0, opened: 0, failing: undefined as SourceError | undefined };
  const tokens = createArmTokens(
    () => {
      state.opened += 1;
      return async () => {
        state.asked += 1;
        if (state.failing) throw state.failing;
        return { token: `token-${state.asked}`, expiresAt: clock.now() + HOUR, ...life };
      };
    },
    { secrets: ['pass/word'], clock },
  );
  return { tokens, clock, state };
}

test('a token is kept until four minutes before its end', async () => {
  const { tokens, clock } = startTokens();
  assert.equal(await tokens.current(), 'token-1');
  clock.advance(HOUR - 5 * 60_000);
  assert.equal(await tokens.current(), 'token-1');
  clock.advance(70_000);
  assert.equal(await tokens.current(), 'token-2');
});

test('however many ask, one token is fetched', async () => {
  const { tokens, state } = startTokens();
  await Promise.all(Array.from({ length: 20 }, () => tokens.current()));
  assert.equal(state.asked, 1);
  const renewed = await Promise.all(Array.from({ length: 20 }, () => tokens.renew('token-1')));
  assert.deepEqual([state.asked, state.opened, new Set(renewed).size], [2, 2, 1]);
});

test('a token is renewed earlier where its issuer wants that', async () => {
  const { tokens, clock } = startTokens({ refreshAfter: Date.parse('2026-03-01T12:10:00Z') });
  await tokens.current();
  clock.advance(11 * 60_000);
  assert.equal(await tokens.current(), 'token-2');
});

test('while a renewal fails, the old token is used as long as it is good', async () => {
  const { tokens, clock, state } = startTokens();
  await tokens.current();
  state.failing = new SourceError('down', { code: 'unreachable', retryable: true });
  clock.advance(HOUR - 3 * 60_000);
  assert.equal(await tokens.current(), 'token-1');
  assert.equal(await tokens.current(), 'token-1');
  assert.equal(state.asked, 2);
  clock.advance(3 * 60_000);
  assert.equal((await errorOf(tokens.current())).message, 'down');
});

test('a refused sign-in is not tried again for a while, unless it is cleared', async () => {
  const { tokens, clock, state } = startTokens();
  state.failing = new SourceError('refused', { code: 'sign-in', retryable: false });
  await errorOf(tokens.current());
  await errorOf(tokens.current());
  assert.equal(state.asked, 1);
  clock.advance(5 * 60_000);
  await errorOf(tokens.current());
  assert.equal(state.asked, 2);
  state.failing = undefined;
  tokens.clear();
  assert.equal(await tokens.current(), 'token-3');
});

test('secrets and every token handed out are taken out of texts', async () => {
  const { tokens } = startTokens();
  await tokens.current();
  await tokens.renew('token-1');
  assert.equal(tokens.redact('pass/word pass%2Fword token-1 token-2 token'), '*** *** *** *** token');
});
