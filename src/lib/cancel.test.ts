/** Work that is left behind when its signal says so. */
import { expect, it } from 'vitest';
import { unlessCancelled } from './cancel.ts';

const never = new Promise<number>(() => undefined);

it('gives what the work gives, or its failure', async () => {
  const { signal } = new AbortController();
  expect(await unlessCancelled(Promise.resolve(3), signal, 'It')).toBe(3);
  expect(await unlessCancelled(Promise.resolve(3), undefined, 'It')).toBe(3);
  await expect(unlessCancelled(Promise.reject(new Error('broke')), signal, 'It')).rejects.toThrow('broke');
});

it('ends at once where it is cancelled before or meanwhile, however long the work goes on', async () => {
  const stop = new AbortController();
  const waiting = unlessCancelled(never, stop.signal, 'It');
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'Cancelled', message: expect.stringContaining('It was cancelled') });
  await expect(unlessCancelled(never, stop.signal, 'It')).rejects.toMatchObject({ name: 'Cancelled' });
});

it('what the work fails with after that is nobody’s', async () => {
  const stop = new AbortController();
  const { promise, reject } = later();
  const waiting = unlessCancelled(promise, stop.signal, 'It');
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'Cancelled' });
  reject(new Error('broke later')); // an unhandled rejection would fail this test
});

function later(): { promise: Promise<number>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<number>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
