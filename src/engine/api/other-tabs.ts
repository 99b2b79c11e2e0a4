/**
 * What another tab does, as this one tells its page: whether a run or a plan is under way there, and afterwards what it left: the plan as it ended, its traces,
 * an adapter or an interrupted run.
 * No event says when a Web Lock is taken, so it is looked at every second.
 */
import { takeOff } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { reportKept, restoreAdapter } from './kept-adapters.ts';
import { listRuns } from './kept-runs.ts';
import { reportTraces } from './kept-traces.ts';
import { offerInterrupted } from './saving.ts';
import { reportPlans } from './stages.ts';
import { isTrainingElsewhere } from './training-lock.ts';

const EVERY_MS = 1000;

/** Resolves after the first look; call the result to end. */
export async function watchOtherTabs(engine: EngineState, every = EVERY_MS): Promise<() => void> {
  if (!engine.places.locks) return () => undefined;
  let elsewhere = false;
  const look = async (): Promise<void> => {
    const now = await isTrainingElsewhere(engine);
    if (now === elsewhere) return;
    elsewhere = now;
    engine.emit({ type: 'elsewhere', training: now });
    if (!now) await takeUp(engine);
  };
  await look();
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  }, every);
  return () => clearInterval(timer);
}

/** The run there has ended or its tab is gone: its adapter stands here too, and what was interrupted can be resumed here. */
async function takeUp(engine: EngineState): Promise<void> {
  await reportPlans(engine); // whatever is open here: a plan that was under way there would seem to be for ever
  await reportTraces(engine);
  if (!engine.model || engine.run || engine.isAt('model')) return;
  const standing = await engine.shelf.standing(engine.model.hash);
  if (standing === null && engine.adapter) await takeOff(engine);
  if (standing !== null && standing !== engine.adapter?.kept) {
    await restoreAdapter(engine);
    if (engine.adapter?.run) engine.emit({ type: 'run', run: engine.adapter.run });
  }
  await reportKept(engine);
  await offerInterrupted(engine);
  await listRuns(engine);
}
