/** The answers a run learned from, as they are looked at: which step, which of them, a page at a time. */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { Rollout, RolloutBatchRecord } from '../protocol/rollouts.ts';
import { attempt } from './pending.ts';

export type RolloutFilter = 'all' | 'low' | 'cut' | 'unjudged';

/** An answer, and its number within its group, from 1. */
export interface ShownRollout extends Rollout {
  number: number;
}

export interface ShownGroup {
  group: number;
  /** All answers of the group were paid alike. */
  alike: boolean;
  answers: ShownRollout[];
}

/** More answers than this are never shown at once. */
export const PAGE = 16;

const FILTERS: Readonly<Record<RolloutFilter, (answer: Rollout) => boolean>> = {
  all: () => true,
  low: ({ advantage }) => advantage < 0,
  cut: ({ stop }) => stop === 'length',
  unjudged: ({ reward }) => reward === null,
};

export interface ShownPage {
  groups: ShownGroup[];
  /** From 0; the last one where a later one was wanted. */
  page: number;
  pages: number;
  /** Answers that pass the filter. */
  total: number;
}

/** One page of the answers that pass the filter, by group. */
export function pageOf(batch: RolloutBatchRecord, filter: RolloutFilter, wanted: number): ShownPage {
  const numbers = new Set(batch.rollouts.map(({ group }) => group));
  const all = [...numbers].map((group) => ({ group, rollouts: batch.rollouts.filter((rollout) => rollout.group === group) }));
  const every = all.map(({ group, rollouts }) => ({
    group,
    alike: paidAlike(rollouts),
    answers: rollouts.map((rollout, index) => ({ ...rollout, number: index + 1 })).filter(FILTERS[filter]),
  }));
  const total = every.reduce((sum, { answers }) => sum + answers.length, 0);
  const pages = Math.ceil(total / PAGE);
  const page = Math.max(0, Math.min(wanted, pages - 1));
  const [from, to] = [page * PAGE, (page + 1) * PAGE];
  let before = 0;
  const groups = every.flatMap((group) => {
    const start = before;
    before += group.answers.length;
    const answers = group.answers.slice(Math.max(0, from - start), Math.max(0, to - start));
    return answers.length > 0 ? [{ ...group, answers }] : [];
  });
  return { groups, page, pages, total };
}

function paidAlike(rollouts: readonly Rollout[]): boolean {
  return rollouts.every(({ reward }) => reward === rollouts[0]!.reward);
}

/** What learning does with an answer, in words. */
export function pushOf(advantage: number): { sign: 'up' | 'down' | 'none'; words: string } {
  if (advantage > 0) return { sign: 'up', words: 'made more likely' };
  if (advantage < 0) return { sign: 'down', words: 'made less likely' };
  return { sign: 'none', words: 'not learned from' };
}

export interface RolloutsState {
  run: string | null;
  /** Steps whose answers are kept, in order. */
  steps: number[];
  /** null: the newest, which follows the run. */
  chosen: number | null;
  batch: RolloutBatchRecord | null;
}

const none: RolloutsState = { run: null, steps: [], chosen: null, batch: null };
export const rolloutsStore = createStore<RolloutsState>(() => none);

/** Looks for what is kept of a run; called when a run is shown, and with every new batch, which is `latest`. */
export async function followRollouts(run: string, latest: RolloutBatchRecord | null): Promise<void> {
  if (rolloutsStore.getState().run !== run) rolloutsStore.setState({ ...none, run }, true);
  if (latest && rolloutsStore.getState().chosen === null) rolloutsStore.setState({ batch: latest });
  const kept = await attempt('train', 'kept-rollouts', () => engine().keptRollouts(run));
  if (!kept || rolloutsStore.getState().run !== run) return;
  const steps = latest && !kept.includes(latest.step) ? [...kept, latest.step].sort((a, b) => a - b) : kept;
  rolloutsStore.setState({ steps });
  const { chosen, batch } = rolloutsStore.getState();
  if (chosen === null && !latest && !batch && steps.length > 0) await readStep(run, steps.at(-1)!);
}

/** null: the newest, from now on. */
export async function chooseStep(step: number | null, latest: RolloutBatchRecord | null): Promise<void> {
  const { run, steps } = rolloutsStore.getState();
  rolloutsStore.setState({ chosen: step });
  const wanted = step ?? latest?.step ?? steps.at(-1);
  if (wanted === latest?.step) rolloutsStore.setState({ batch: latest });
  else if (run !== null && wanted !== undefined) await readStep(run, wanted);
}

async function readStep(run: string, step: number): Promise<void> {
  const batch = await attempt('train', 'rollouts', () => engine().rollouts(run, step));
  if (batch && rolloutsStore.getState().run === run) rolloutsStore.setState({ batch });
}

export async function exportedRollouts(run: string): Promise<Blob | undefined> {
  return attempt('train', 'export-rollouts', () => engine().exportRollouts(run));
}
