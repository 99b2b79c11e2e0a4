/** The answers a run learned from, as they are looked at: which step, which of them, a page at a time. */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { LeftOut, Rollout, RolloutBatchRecord } from '../protocol/rollouts.ts';
import type { RunRecord } from '../protocol/training.ts';
import { attempt } from './pending.ts';

export type RolloutFilter = 'all' | 'low' | 'looked' | 'given' | 'left-out' | 'cut' | 'unread' | 'unjudged';

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
  looked: ({ changes, divergences }) => changes !== undefined || divergences !== undefined,
  given: ({ given }) => given === true,
  'left-out': ({ left_out }) => left_out !== undefined,
  cut: ({ stop }) => stop === 'length',
  unread: ({ verdicts }) => verdicts.some(({ parsed }) => parsed === null),
  unjudged: ({ reward }) => reward === null,
};

export interface ShownPage {
  groups: ShownGroup[];
  /** From 0; the last one where a later one was wanted. */
  page: number;
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
  const page = Math.max(0, Math.min(wanted, Math.ceil(total / PAGE) - 1));
  const [from, to] = [page * PAGE, (page + 1) * PAGE];
  let before = 0;
  const groups = every.flatMap((group) => {
    const start = before;
    before += group.answers.length;
    const answers = group.answers.slice(Math.max(0, from - start), Math.max(0, to - start));
    return answers.length > 0 ? [{ ...group, answers }] : [];
  });
  return { groups, page, total };
}

function paidAlike(rollouts: readonly Rollout[]): boolean {
  return rollouts.every(({ reward }) => reward === rollouts[0]!.reward);
}

/** Why nothing is learned from an answer. */
export const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  unjudged: 'no reward had anything to say of it',
  alike: 'all answers of its group were paid alike',
  mean: 'it was paid exactly the mean of its group',
  masked: 'it was cut off, and mask_truncated_completions leaves such answers out',
};

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
  /** Times that a step was opened from elsewhere, such as a chart: the page then goes there. */
  opened: number;
  /** A step that was asked for and whose answers are not kept. */
  gone: number | null;
}

const none: RolloutsState = { run: null, steps: [], chosen: null, batch: null, opened: 0, gone: null };
export const rolloutsStore = createStore<RolloutsState>(() => none);

/** Looks for what is kept of a run; called when a run is shown, and with every new batch, which is `latest`. */
export async function followRollouts(run: string, latest: RolloutBatchRecord | null): Promise<void> {
  if (rolloutsStore.getState().run !== run) rolloutsStore.setState({ ...none, run }, true);
  const standing = rolloutsStore.getState().chosen;
  if (latest && (standing === null || standing === latest.step)) rolloutsStore.setState({ batch: latest });
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
  rolloutsStore.setState({ chosen: step, gone: null });
  const wanted = step ?? latest?.step ?? steps.at(-1);
  if (wanted === latest?.step) rolloutsStore.setState({ batch: latest });
  else if (run !== null && wanted !== undefined) await readStep(run, wanted);
}

/** The first of the optimizer steps that learn from the same batch of answers as `step`. */
export function batchStep(step: number, { gradient_accumulation_steps, grpo }: RunRecord['settings']): number {
  const each = ((grpo?.steps_per_generation ?? gradient_accumulation_steps) * (grpo?.num_iterations ?? 1)) / gradient_accumulation_steps;
  return step - ((step - 1) % Math.max(1, each));
}

/** Shows the answers that a step learned from, as from a point of a chart; where they are not kept any more, says so. */
export async function openStep({ settings }: Pick<RunRecord, 'settings'>, step: number, latest: RolloutBatchRecord | null): Promise<void> {
  const { steps, opened } = rolloutsStore.getState();
  const wanted = batchStep(Math.max(1, step), settings);
  if (steps.includes(wanted)) await chooseStep(wanted, latest);
  rolloutsStore.setState({ opened: opened + 1, gone: steps.includes(wanted) ? null : wanted });
}

async function readStep(run: string, step: number): Promise<void> {
  const batch = await attempt('train', 'rollouts', () => engine().rollouts(run, step));
  if (batch && rolloutsStore.getState().run === run) rolloutsStore.setState({ batch });
}

export async function exportedRollouts(run: string): Promise<Blob | undefined> {
  return attempt('train', 'export-rollouts', () => engine().exportRollouts(run));
}
