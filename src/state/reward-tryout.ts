/**
 * The chosen rewards tried on rows of the dataset before a run: which rows, the texts that stand in place of their answers, and what the rewards say.
 * Kept as long as the tab: it is a look, not a record.
 */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import { type GrpoSettings, grpoDefaults } from '../protocol/grpo.ts';
import type { TriedCell } from '../protocol/rewards.ts';
import { facts } from './facts.ts';
import { settingsStore, settingsToTrain } from './settings.ts';

export const TRIED_ROWS = 3;

export interface TryoutState {
  /** Position of the first row. */
  start: number;
  /** By position: what is judged in place of the row's own answer. */
  texts: Readonly<Record<number, string>>;
  /** null: nothing was tried yet. */
  cells: readonly TriedCell[] | null;
  /** The rewards that the cells are about, in their order. */
  rewards: readonly string[];
  weights: readonly number[];
  /** What the cells are about: dataset, rewards, texts. */
  about: string;
  /** Why it could not be tried, in one sentence. */
  error: string | null;
  busy: boolean;
}

const freshTryout: TryoutState = {
  start: 0,
  texts: {},
  cells: null,
  rewards: [],
  weights: [],
  about: '',
  error: null,
  busy: false,
};

export const tryoutStore = createStore<TryoutState>(() => freshTryout);

/** Tells a result from one that other rewards, texts or rows would have. */
export function aboutTryout({ reward_funcs, reward_weights, reward_settings }: GrpoSettings, { start, texts }: TryoutState): string {
  const used = Object.fromEntries(reward_funcs.map((name) => [name, reward_settings[name]]));
  return JSON.stringify([facts.getState().dataset?.id, reward_funcs, reward_weights, used, start, texts]);
}

/** Judges the rows at `start`; an older question whose answer comes late changes nothing. */
export async function tryOnRows(wantedStart = tryoutStore.getState().start): Promise<void> {
  const { dataset } = facts.getState();
  if (!dataset) return;
  const start = wantedStart < dataset.rows ? wantedStart : 0; // another dataset may be shorter
  const { settings } = settingsStore.getState();
  const grpo = settings.grpo ?? grpoDefaults;
  const from = tryoutStore.getState();
  const texts = start === from.start ? from.texts : {};
  const about = aboutTryout(grpo, { ...from, start, texts });
  tryoutStore.setState({ start, texts, about, busy: true, error: null, ...(start !== from.start && { cells: null }) });
  const count = Math.max(0, Math.min(TRIED_ROWS, dataset.rows - start));
  const wanted = Array.from({ length: count }, (_, i) => {
    const completion = texts[start + i];
    return { index: start + i, ...(completion !== undefined && { completion }) };
  });
  const isNewest = (): boolean => tryoutStore.getState().about === about;
  try {
    const cells = await engine().tryOnRows(settingsToTrain(settings, dataset), wanted);
    const weights = grpo.reward_funcs.map((_, at) => grpo.reward_weights?.[at] ?? 1);
    if (isNewest()) tryoutStore.setState({ cells, rewards: grpo.reward_funcs, weights, busy: false });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (isNewest()) tryoutStore.setState({ error: sentence, cells: null, busy: false });
  }
}

/** undefined: the row's own answer again. */
export function writeAnswer(index: number, text: string | undefined): void {
  tryoutStore.setState(({ texts: { [index]: _old, ...others } }) => ({
    texts: text === undefined ? others : { ...others, [index]: text },
  }));
}

/** "... in line 3, column 5: ..." -> 3; null where no line is named. */
export function lineOf(error: string): number | null {
  const line = /\bin line (\d+)/.exec(error)?.[1];
  return line === undefined ? null : Number(line);
}
