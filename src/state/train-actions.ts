/**
 * Actions about a run (readiness, start, pause, resume, stop) and about its adapter (zip, import, remove). The engine restores the adapter after a
 * reload.
 */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { AdapterSource, ExportBundle } from '../protocol/engine.ts';
import type { RunReadiness } from '../protocol/training.ts';
import { evaluationStore } from './evaluation.ts';
import { facts, isRunning, planUnderWay } from './facts.ts';
import { attempt } from './pending.ts';
import { planningStore } from './planning.ts';
import { settingsStore, settingsToTrain } from './settings.ts';
import { viewStore } from './view.ts';

export interface ReadinessState {
  readiness: RunReadiness | null;
  /** The settings the answer is about, so that an old answer is not taken for a new one. */
  stale: boolean;
}

export const readinessStore = createStore<ReadinessState>(() => ({ readiness: null, stale: true }));

const ASK_AFTER_MS = 300;

/** Asks whether a run is ready whenever model, dataset, adapter, settings, questions or the stated memory of the GPU change; never during a run. */
export function runReadinessWatch(): void {
  let asked: unknown[] = [];
  const standing = () => asked;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    if (planUnderWay()) return; // it would be asked of a stage's rows
    const { model, dataset, device, run } = facts.getState();
    const { settings } = settingsStore.getState();
    const questions = settings.eval_questions ? evaluationStore.getState().set?.id : undefined;
    const now = [model, dataset, device, settings, questions, isRunning(run?.phase), planningStore.getState().gpu_bytes];
    if (now.every((value, index) => value === asked[index])) return;
    asked = now;
    readinessStore.setState({ stale: true });
    clearTimeout(timer);
    if (!model || !dataset || isRunning(run?.phase)) return;
    timer = setTimeout(() => void refreshReadiness(standing), ASK_AFTER_MS);
  };
  facts.subscribe(look);
  settingsStore.subscribe(look);
  planningStore.subscribe(look);
  evaluationStore.subscribe(look);
  look();
}

/** An answer counts only while nothing has changed since it was asked for; a newer question cancels an older one. */
async function refreshReadiness(standing: () => unknown): Promise<void> {
  const asked = standing();
  const { dataset } = facts.getState();
  const { settings } = settingsStore.getState();
  // No news: a GPU that is back has no model yet for a moment; with the model it is asked again.
  const readiness = await attempt(
    'train',
    'readiness',
    () => engine().readiness(settingsToTrain(settings, dataset), planningStore.getState().gpu_bytes),
    { quiet: ['StateError'] },
  );
  if (standing() === asked) readinessStore.setState({ readiness: readiness ?? null, stale: false });
}

export async function startRun(): Promise<void> {
  const { dataset } = facts.getState();
  viewStore.setState({ hasTrained: true });
  await attempt('train', 'train', () => engine().train(settingsToTrain(settingsStore.getState().settings, dataset)));
}

export async function pauseRun(): Promise<void> {
  await attempt('train', 'pause', () => engine().pause());
}

export async function resumeRun(): Promise<void> {
  await attempt('train', 'resume', () => engine().resume());
}

export async function stopRun(): Promise<void> {
  await attempt('train', 'stop', () => engine().stop());
}

export async function exportAdapter(): Promise<ExportBundle | undefined> {
  return attempt('runs', 'export', () => engine().exportAdapter());
}

export async function exportBundledModel(): Promise<ExportBundle | undefined> {
  return attempt('runs', 'export-model', () => engine().exportBundledModel());
}

export async function importAdapter(source: AdapterSource): Promise<void> {
  await attempt('runs', 'import', () => engine().importAdapter(source), { again: () => importAdapter(source) });
}

export async function removeAdapter(): Promise<void> {
  await attempt('runs', 'remove', () => engine().removeAdapter());
}
