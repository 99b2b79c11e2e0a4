/** A browser that gives the GPU back late, or not at all: it is asked for some seconds, and then one sentence says what to do. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState } from './engine-state.ts';
import { reopenDevice } from './recovery.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function reopening(requestAdapter: () => Promise<unknown>): Promise<string> {
  const engine = new EngineState({ files: memoryStore(), webgpu: { requestAdapter } as unknown as GPU });
  const said = reopenDevice(engine).then(
    () => 'open',
    (error: Error) => error.message,
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return said;
}

it('without an adapter it says that Chrome gives none after three crashes', async () => {
  const asked = vi.fn(async () => null);
  expect(await reopening(asked)).toBe(
    'The browser does not give the GPU back. Chrome gives none after three crashes of its GPU process: restart it, then open this page again. What was saved is kept.',
  );
  expect(asked).toHaveBeenCalledTimes(6);
});

it('an adapter that refuses is quoted', async () => {
  const adapter = { features: new Set(), limits: {}, requestDevice: () => Promise.reject(new Error('Out of device handles.')) };
  expect(await reopening(async () => adapter)).toMatch(/^The browser does not give the GPU back \(Out of device handles\)\. Chrome /);
});
