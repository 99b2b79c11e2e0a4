/**
 * The prompts of student and teacher before a run of distillation, as they are looked at: a row at a time, the languages that the dataset has, and the rows
 * that give no prompt. They follow dataset, model and settings while somebody looks; kept as long as the tab.
 */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { PreviewedRow, PromptFindings, PromptSource } from '../protocol/prompt-previews.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { facts } from './facts.ts';
import { settingsStore, settingsToTrain } from './settings.ts';

export interface PromptPreviewsState {
  /** Of the row that is looked at, from 0. */
  index: number;
  /** The dataset that all this is about. */
  dataset: string | null;
  /** null: not known yet. */
  source: PromptSource | null;
  row: PreviewedRow | null;
  findings: PromptFindings | null;
  /** Why the row's prompts cannot be made, in one sentence. */
  error: string | null;
  /** The name of the language whose prompts are shown, of those that the row has. */
  language: string | null;
}

const fresh: PromptPreviewsState = { index: 0, dataset: null, source: null, row: null, findings: null, error: null, language: null };
export const promptPreviewsStore = createStore<PromptPreviewsState>(() => fresh);

/** Typing in a string is not looked at letter by letter. */
const ASK_AFTER_MS = 250;

/** Follows what prompts depend on, until the returned function is called. */
export function followPrompts(): () => void {
  let asked: unknown[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const { dataset, model } = facts.getState();
    if ((dataset?.id ?? null) !== promptPreviewsStore.getState().dataset) {
      promptPreviewsStore.setState({ ...fresh, dataset: dataset?.id ?? null }); // which looks again
      return;
    }
    const { distillation, encoding } = settingsStore.getState().settings;
    const now = [dataset?.id, model, distillation, encoding, promptPreviewsStore.getState().index];
    if (now.every((value, at) => value === asked[at])) return;
    const slow = asked.length > 0 && asked[0] === now[0] && asked[4] === now[4];
    asked = now;
    clearTimeout(timer);
    if (!dataset || !model || dataset.schema === 'unknown') return;
    timer = setTimeout(() => void refresh(() => asked), slow ? ASK_AFTER_MS : 0);
  };
  const ends = [facts.subscribe(look), settingsStore.subscribe(look), promptPreviewsStore.subscribe(look)];
  look();
  return () => {
    clearTimeout(timer);
    for (const end of ends) end();
  };
}

/** What comes late changes nothing. */
async function refresh(standing: () => unknown): Promise<void> {
  const about = standing();
  const { index, source } = promptPreviewsStore.getState();
  const settings = settingsToTrain(settingsStore.getState().settings, facts.getState().dataset);
  const put = (state: Partial<PromptPreviewsState>) => standing() === about && promptPreviewsStore.setState(state);
  try {
    if (source === null) put({ source: await engine().promptSource() });
    put({ row: await engine().previewPrompts(settings, index), error: null });
  } catch (error) {
    put({ row: null, findings: null, error: error instanceof Error ? error.message : String(error) });
    return;
  }
  const findings = await findingsOf(settings);
  put({ findings });
}

/** null: the row's own prompts say why, or readiness does. */
async function findingsOf(settings: TrainingSettings): Promise<PromptFindings | null> {
  try {
    return await engine().promptFindings(settings);
  } catch {
    return null;
  }
}

export function showPromptsOf(index: number): void {
  promptPreviewsStore.setState({ index });
}
