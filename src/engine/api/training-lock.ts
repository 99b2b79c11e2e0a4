/**
 * One trainer at a time in this browser: a Web Lock of the origin, held from a run's first moment to its last, also while it is paused. It is
 * released with the tab that holds it, however that ends. A run whose lock is held is not interrupted.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { TRAINING_LOCK } from '../../protocol/engine.ts';
import type { EngineState } from './engine-state.ts';

/** Runs `body` under the lock, or throws that another tab is training. */
export async function alone<X>(engine: EngineState, body: () => Promise<X>): Promise<X> {
  const { locks } = engine.places;
  if (!locks || engine.plan) return body(); // a plan holds it for its runs
  return locks.request(TRAINING_LOCK, { ifAvailable: true }, async (lock) => {
    if (!lock)
      throw new MotherTongueError(
        'StateError',
        'Another tab of Mother Tongue is training; stop it there or close that tab, then try again.',
      );
    engine.holdsTraining = true;
    try {
      return await body();
    } finally {
      engine.holdsTraining = false;
    }
  });
}

/** Throws where another tab is training: what it trains from and what it leaves must not change under its hands. */
export async function refuseElsewhere(engine: EngineState): Promise<void> {
  if (await isTrainingElsewhere(engine))
    throw new MotherTongueError('StateError', 'A run is under way in another tab of Mother Tongue; this tab only reads until it ends.');
}

export async function isTrainingElsewhere({ holdsTraining, places: { locks } }: EngineState): Promise<boolean> {
  const held = locks && !holdsTraining ? ((await locks.query()).held ?? []) : [];
  return held.some(({ name }) => name === TRAINING_LOCK);
}

/** One evaluation, one set of traces or one run at a time: they share the GPU, and a run changes who answers. */
export function refuseWhileEvaluating({ evaluating, making }: EngineState, what: string): void {
  if (evaluating) throw new MotherTongueError('StateError', `An evaluation is under way; pause it before ${what}.`);
  if (making) throw new MotherTongueError('StateError', `Traces are being made; pause that before ${what}.`);
}
