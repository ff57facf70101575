import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedSlot } from '../../src/cli/worker-status.ts';

const schedule = {
  health: '45 * * * *',
  capacity: '0 * * * *',
  efficiency: '15 23 * * *',
  rto: '30 23 * * *',
  mounts: '* * * * *',
  timeZone: 'UTC',
};
const at = (time: string) => new Date(`2026-03-01T${time}:00Z`);
const readAt = (time: string) => ({
  last_success_at: at(time).toISOString(),
  running_since: null,
  last_run: null,
});

test('a slot in which nothing was run on any source is told ten minutes later', () => {
  const rows = [readAt('11:46'), readAt('11:47')];
  assert.equal(missedSlot('health', rows, schedule, at('12:50')), null, 'it may still begin');
  assert.equal(missedSlot('health', rows, schedule, at('12:56')), '2026-03-01T12:45:00.000Z');
});

test('one source that was read, or is being read, in the slot shows that somebody is there', () => {
  const running = { ...readAt('11:46'), running_since: at('12:46').toISOString() };
  assert.equal(missedSlot('health', [readAt('11:46'), running], schedule, at('12:56')), null);
  assert.equal(missedSlot('health', [readAt('11:46'), readAt('12:47')], schedule, at('12:56')), null);
});

test('what was never read, follows others or only watches is not told as missed', () => {
  assert.equal(missedSlot('health', [], schedule, at('12:56')), null);
  assert.equal(missedSlot('risk', [readAt('08:00')], schedule, at('12:56')), null);
  assert.equal(missedSlot('mounts', [readAt('08:00')], schedule, at('12:56')), null);
});
