/** The engine counts as silent after 20 s of this page's own time without an answer, and no longer once it answers. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pulse, SILENT_AFTER } from './pulse.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pulse() {
  const said: boolean[] = [];
  let answer: () => void = () => {};
  let deaf = false;
  const watched = new Pulse(
    () =>
      new Promise<void>((resolve) => {
        answer = resolve;
        if (!deaf) resolve();
      }),
    (silent) => said.push(silent),
  );
  const block = (): void => {
    deaf = true;
  };
  const free = (): void => {
    deaf = false;
    answer();
  };
  return { watched, said, block, free };
}

it('an engine that answers is never silent', async () => {
  const { watched, said } = pulse();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(said).toEqual([]);
  watched.end();
});

it('silence is told once, and its end', async () => {
  const { watched, said, block, free } = pulse();
  await vi.advanceTimersByTimeAsync(5000);
  block();
  await vi.advanceTimersByTimeAsync((SILENT_AFTER - 1) * 1000);
  expect(said).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said).toEqual([true]);
  free();
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual([true, false]);
  watched.end();
});

it('who waits is asked again after as long', async () => {
  const { watched, said, block } = pulse();
  block();
  await vi.advanceTimersByTimeAsync(25_000);
  watched.wait();
  await vi.advanceTimersByTimeAsync((SILENT_AFTER - 1) * 1000);
  expect(said).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(said).toEqual([true, false, true]);
  watched.end();
});

it('time in which the page itself stood still is no silence', async () => {
  const { watched, said, block } = pulse();
  block();
  await vi.advanceTimersByTimeAsync(3000);
  vi.setSystemTime(Date.now() + 3_600_000); // the lid was closed
  vi.spyOn(performance, 'now').mockReturnValueOnce(3_600_000);
  await vi.advanceTimersByTimeAsync(2000);
  expect(said).toEqual([]);
  watched.end();
});
