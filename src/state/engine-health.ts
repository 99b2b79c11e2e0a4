/**
 * Whether the engine answers, and what to do where it does not: wait, or end it and start another. The new one gets back what was saved: model, dataset,
 * adapter, and the run from its last saved state. Where that silences it again soon, the next one starts from what is bundled.
 */
import { createStore } from 'zustand/vanilla';
import { disconnect, reconnect, waitForEngine } from '../client/engine.ts';
import { TRAINING_LOCK } from '../protocol/engine.ts';
import type { RunPhase } from '../protocol/training.ts';
import { readDataset, reopenDataset } from './data-actions.ts';
import { facts, forgetEngine, isRunning } from './facts.ts';
import { listCachedModels } from './hub-actions.ts';
import { loadBundled, openSameModel } from './model-actions.ts';
import { attempt } from './pending.ts';
import { readQuestions, reopenQuestions } from './question-actions.ts';
import { resumeRun } from './train-actions.ts';

export const engineHealth = createStore(() => ({ silent: false }));

export function noteSilence(silent: boolean): void {
  engineHealth.setState({ silent });
}

export const RESTART = 'restart-engine';
/** A second silence within this time is blamed on what was opened again. */
const SOON_MS = 180_000;
const GOES_ON: readonly RunPhase[] = ['training', 'probing'];

/** An engine that is ended in the middle of its work lets go of its lock only a moment later. */
const RELEASED_WITHIN_MS = 10_000;

let restarted = Number.NEGATIVE_INFINITY;

export function keepWaiting(): void {
  waitForEngine();
}

export async function restartEngine(): Promise<void> {
  const again = performance.now() - restarted < SOON_MS;
  restarted = performance.now();
  const phase = facts.getState().run?.phase;
  await attempt('model', RESTART, async () => {
    disconnect();
    forgetEngine();
    if (isRunning(phase)) await lockReleased();
    await reconnect();
    if (again) await Promise.all([loadBundled(), readDataset({ kind: 'bundled' }), readQuestions({ kind: 'bundled' })]);
    else await Promise.all([openSameModel(), reopenDataset(), reopenQuestions()]);
  });
  await listCachedModels();
  if (!again && phase && GOES_ON.includes(phase) && (await isOffered())) await resumeRun();
}

const OFFERED_WITHIN_MS = 3000;

/** The interrupted run is offered by an event, which comes a frame after the model is there. */
function isOffered(): Promise<boolean> {
  const offered = (): boolean => facts.getState().run?.phase === 'paused';
  if (offered()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (found: boolean): void => {
      clearTimeout(timer);
      leave();
      resolve(found);
    };
    const timer = setTimeout(() => done(false), OFFERED_WITHIN_MS);
    const leave = facts.subscribe(() => offered() && done(true));
  });
}

async function lockReleased(): Promise<void> {
  await navigator.locks.request(TRAINING_LOCK, { signal: AbortSignal.timeout(RELEASED_WITHIN_MS) }, () => undefined).catch(() => undefined); // then the new engine says that another one trains
}
