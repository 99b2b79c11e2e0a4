/**
 * Calls the planner. One question is under way at a time; after its answer, the newest one that came meanwhile is next. An old answer stays until the
 * new one arrives, so that nothing flickers.
 */
import { engine } from '../client/engine.ts';
import type { SettingPath } from '../protocol/setting-row.ts';
import type { PlanAnswer, PlanChange, PlanQuestion, TrainingSettings } from '../protocol/training.ts';
import { changedSettings, type Planned, type PlanSubject, planningStore, type TriedSettings } from './planning.ts';
import { keepPinned, setSetting, settingsStore } from './settings.ts';

const ASK_AFTER_MS = 40;

interface LatestOnly {
  wanted: { about: string; question: PlanQuestion } | null;
  busy: boolean;
}

const questions: Record<PlanSubject, LatestOnly> = { loaded: { wanted: null, busy: false }, offered: { wanted: null, busy: false } };

/** `about` names the model, so that an answer about another one is put away at once. */
export function askPlan(subject: PlanSubject, about: string, question: PlanQuestion): void {
  const latest = questions[subject];
  latest.wanted = { about, question };
  const current = planningStore.getState().plans[subject];
  put(
    subject,
    current?.about === about ? { ...current, pending: true } : { about, answer: null, gpuBytes: null, error: null, pending: true },
  );
  if (!latest.busy) {
    latest.busy = true;
    setTimeout(() => void answerAll(subject), ASK_AFTER_MS);
  }
}

async function answerAll(subject: PlanSubject): Promise<void> {
  const latest = questions[subject];
  for (let next = latest.wanted; next; next = latest.wanted) {
    latest.wanted = null;
    const { about, question } = next;
    const { answer, error } = await answerOf(question);
    const current = planningStore.getState().plans[subject];
    if (current?.about !== about) continue;
    const pending = latest.wanted !== null;
    put(subject, answer ? { about, answer, gpuBytes: question.gpu_bytes, error, pending } : { ...current, error, pending });
  }
  latest.busy = false;
}

async function answerOf(question: PlanQuestion): Promise<{ answer: PlanAnswer | null; error: string | null }> {
  try {
    return { answer: await engine().plan(question), error: null };
  } catch (error) {
    return { answer: null, error: error instanceof Error ? error.message : String(error) };
  }
}

function put(subject: PlanSubject, planned: Planned): void {
  planningStore.setState(({ plans }) => ({ plans: { ...plans, [subject]: planned } }));
}

const PATHS: Record<keyof TriedSettings, SettingPath> = {
  r: 'lora.r',
  max_length: 'encoding.max_length',
  per_device_train_batch_size: 'per_device_train_batch_size',
  gradient_accumulation_steps: 'gradient_accumulation_steps',
  checkpoint_dtype: 'checkpoint_dtype',
};

/** A slider was moved: the training settings themselves for the loaded model, the tried ones for the other. */
export function trySettings(subject: PlanSubject, values: TriedSettings): void {
  if (subject === 'offered') {
    planningStore.setState(({ tried }) => ({ tried: { ...tried, ...values } }));
    return;
  }
  for (const [name, value] of Object.entries(values)) setSetting(PATHS[name as keyof TriedSettings], value);
}

/** Takes the planner's change over. */
export function applyChange(subject: PlanSubject, settings: TrainingSettings, change: PlanChange): void {
  if (change.cache_length !== undefined) planningStore.setState({ cache_length: change.cache_length });
  trySettings(subject, changedSettings(settings, change));
}

/** What was tried on a model becomes the training settings once that model is open. */
export function adoptTried(settings: TrainingSettings): void {
  const { recipe, tried } = planningStore.getState();
  if (recipe || Object.keys(tried).length > 0) {
    const { encoding } = settingsStore.getState().settings;
    settingsStore.setState({
      settings: keepPinned(settings, encoding),
      ...(recipe && { preset: recipe }),
      touched: Object.keys(tried).length > 0,
      lengthByHand: tried.max_length !== undefined,
    });
  }
  planningStore.setState({ recipe: null, tried: {} });
}
