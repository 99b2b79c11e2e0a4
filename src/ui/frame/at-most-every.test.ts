/** A screen reader hears how a run goes, but not every step of it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMostEvery } from './at-most-every.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first message at once, then the newest of each period, and nothing twice', () => {
  const said: [number, string][] = [];
  const begin = performance.now();
  const say = atMostEvery(10_000, (message) => said.push([performance.now() - begin, message]));
  for (let second = 0; second <= 34; second++) {
    say(second < 25 ? `step ${second}` : 'done');
    vi.advanceTimersByTime(1000);
  }
  expect(said).toEqual([
    [0, 'step 0'],
    [10_000, 'step 9'],
    [20_000, 'step 19'],
    [30_000, 'done'],
  ]);
});

test('a message after a long silence is said at once', () => {
  const said: string[] = [];
  const say = atMostEvery(10_000, (message) => said.push(message));
  say('loading');
  vi.advanceTimersByTime(60_000);
  say('loaded');
  expect(said).toEqual(['loading', 'loaded']);
});
