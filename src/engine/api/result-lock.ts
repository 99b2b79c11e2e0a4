/**
 * One tab at a time evaluates, and one makes traces: a Web Lock of the origin for each, held from the first look at the storage to the last. What a record
 * calls running is at work only where a tab holds the lock; of those that this tab knows of, only the one that it works on itself.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { EngineState } from './engine-state.ts';

export const EVALUATION_LOCK = 'mother-tongue.evaluating';
export const TRACES_LOCK = 'mother-tongue.traces';

const DOING = { [EVALUATION_LOCK]: 'evaluating', [TRACES_LOCK]: 'making traces' } as const;

type ResultLock = keyof typeof DOING;

/** Runs `work` under the lock, or throws that it is taken; `pausing` is its to listen to. Until the lock is released again, `engine.running` is not over. */
export async function holding(engine: EngineState, name: ResultLock, work: (pausing: AbortController) => Promise<void>): Promise<void> {
  const { locks } = engine.places;
  if (engine.held.has(name)) throw new MotherTongueError('StateError', `This tab is ${DOING[name]} already; pause that first.`);
  let mine = false;
  let release = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = async (): Promise<void> => {
    mine = true;
    const pausing = new AbortController();
    engine.held.set(name, pausing);
    engine.running = over;
    await work(pausing);
  };
  const underLock = async (lock: Lock | null): Promise<void> => {
    if (lock) return held();
    throw new MotherTongueError(
      'StateError',
      `Another tab of Mother Tongue is ${DOING[name]}; pause it there or close that tab, then try again.`,
    );
  };
  try {
    await (locks ? locks.request(name, { ifAvailable: true }, underLock) : held());
  } finally {
    if (mine) engine.held.delete(name);
    release();
  }
}

/** Pauses what this tab does under the lock, from the moment in which it has it; resolves when all of it is kept. */
export async function pauseHeld(engine: EngineState, name: ResultLock): Promise<void> {
  const pausing = engine.held.get(name);
  if (!pausing) return;
  pausing.abort();
  await engine.running;
}

/** Whether a tab other than this one holds it. */
export async function isHeldElsewhere({ held, places: { locks } }: EngineState, name: ResultLock): Promise<boolean> {
  if (!locks || held.has(name)) return false;
  return ((await locks.query()).held ?? []).some((lock) => lock.name === name);
}
