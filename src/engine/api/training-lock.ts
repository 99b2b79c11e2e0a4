/**
 * One trainer at a time in this browser: a Web Lock of the origin, held from a run's first moment to its last, also while it is paused. It is
 * released with the tab that holds it, however that ends. A run whose lock is held is not interrupted.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { TRAINING_LOCK } from '../../protocol/engine.ts';
import type { EngineState } from './engine-state.ts';

/** Runs `body` under the lock, or throws that another tab is training. */
export async function alone<X>({ places: { locks } }: EngineState, body: () => Promise<X>): Promise<X> {
  if (!locks) return body();
  return locks.request(TRAINING_LOCK, { ifAvailable: true }, (lock) => {
    if (lock) return body();
    throw new MotherTongueError('StateError', 'Another tab of Mother Tongue is training; stop it there or close that tab, then try again.');
  });
}

export async function isTrainingElsewhere({ places: { locks } }: EngineState): Promise<boolean> {
  const held = locks ? ((await locks.query()).held ?? []) : [];
  return held.some(({ name }) => name === TRAINING_LOCK);
}
