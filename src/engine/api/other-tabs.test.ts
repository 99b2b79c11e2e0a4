/** Another tab that trains is told, once, and so is its end; a run of this tab is no other's. */
import { expect, it, vi } from 'vitest';
import { fakeLocks } from '../../../e2e/fixtures/fake-locks.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState } from './engine-state.ts';
import { watchOtherTabs } from './other-tabs.ts';
import { alone, refuseElsewhere } from './training-lock.ts';

it('a run elsewhere is told when it begins and when it ends, and what would change things is refused meanwhile', async () => {
  vi.useFakeTimers();
  const locks = fakeLocks();
  const engine = new EngineState({ files: memoryStore(), locks });
  const told: boolean[] = [];
  engine.emit = (event: EngineEvent) => {
    if (event.type === 'elsewhere') told.push(event.training);
  };
  locks.hold('mother-tongue.training');
  const end = await watchOtherTabs(engine);
  expect(told).toEqual([true]);
  await expect(refuseElsewhere(engine)).rejects.toThrow('under way in another tab');
  await expect(alone(engine, async () => 1)).rejects.toThrow('Another tab of Mother Tongue is training');
  locks.hold(null);
  await vi.advanceTimersByTimeAsync(2500);
  expect(told).toEqual([true, false]);
  await alone(engine, async () => {
    await vi.advanceTimersByTimeAsync(2500);
    await refuseElsewhere(engine);
  });
  expect(told, 'its own run is not elsewhere').toEqual([true, false]);
  end();
  vi.useRealTimers();
});
