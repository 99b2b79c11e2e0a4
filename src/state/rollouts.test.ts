/** Answers that a run learned from: filtered, in pages of at most sixteen, by group; the newest step follows unless one was chosen. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi } from '../protocol/engine.ts';
import type { Rollout, RolloutBatchRecord } from '../protocol/rollouts.ts';

const calls = vi.hoisted(() => ({ engine: {} as Partial<EngineApi> }));
vi.mock('../client/engine.ts', () => ({ engine: () => calls.engine }));

import { grpoDefaults } from '../protocol/grpo.ts';
import { startingSettings } from './presets.ts';
import { batchStep, chooseStep, followRollouts, LEFT_OUT, openStep, PAGE, pageOf, pushOf, rolloutsStore } from './rollouts.ts';

const rollout = (group: number, reward: number | null, more: Partial<Rollout> = {}): Rollout => ({
  row: group,
  group,
  question: `Question ${group}`,
  gold: null,
  reasoning_language: null,
  thinking: '',
  content: '',
  rest: '',
  completion: '',
  tokens: 3,
  stop: 'eos',
  verdicts: [],
  reward,
  advantage: reward === null ? 0 : reward - 0.5,
  ...more,
});
const batchOf = (step: number, rollouts: Rollout[] = [rollout(0, 1)]): RolloutBatchRecord => ({ step, rewards: [], prompts: [], rollouts });

describe('a page of answers', () => {
  const spread = Array.from({ length: 12 }, (_, i) => rollout(0, i % 2));
  const alike = Array.from({ length: 12 }, () => rollout(1, null, { stop: 'length' }));
  const batch = batchOf(1, [...spread, ...alike]);

  it('has at most sixteen, groups go on over pages, and each keeps its number', () => {
    const [first, second] = [pageOf(batch, 'all', 0), pageOf(batch, 'all', 1)];
    expect(first.total).toBe(24);
    expect(first.groups.map(({ answers }) => answers.length)).toEqual([12, PAGE - 12]);
    expect(second.groups.map(({ group, answers }) => [group, answers.map(({ number }) => number)])).toEqual([
      [1, [5, 6, 7, 8, 9, 10, 11, 12]],
    ]);
    expect(first.groups.map((group) => group.alike)).toEqual([false, true]);
  });

  it('is the last one where fewer answers came than before', () => {
    expect(pageOf(batch, 'low', 3)).toMatchObject({ page: 0, total: 6, groups: [{ group: 0 }] });
  });

  it('holds only what the filter passes', () => {
    expect(pageOf(batch, 'low', 0)).toMatchObject({ total: 6, groups: [{ group: 0, alike: false }] });
    expect(pageOf(batch, 'cut', 0)).toMatchObject({ total: 12, groups: [{ group: 1 }] });
    expect(pageOf(batch, 'unjudged', 0).total).toBe(12);
    expect(pageOf(batchOf(1), 'cut', 0)).toEqual({ total: 0, groups: [], page: 0 });
  });

  it('says why nothing is learned from an answer, and finds those', () => {
    const mixed = batchOf(1, [rollout(0, 1), rollout(0, 0.5, { left_out: 'mean' }), rollout(1, null, { left_out: 'unjudged' })]);
    expect(pageOf(mixed, 'left-out', 0).groups.flatMap(({ answers }) => answers.map(({ left_out }) => LEFT_OUT[left_out!]))).toEqual([
      'it was paid exactly the mean of its group',
      'no reward had anything to say of it',
    ]);
    expect(pageOf(mixed, 'looked', 0).total).toBe(0);
  });

  it('says what learning does with an answer', () => {
    expect([0.5, -0.5, 0].map((advantage) => pushOf(advantage).sign)).toEqual(['up', 'down', 'none']);
  });
});

describe('the step', () => {
  const asked: number[] = [];
  beforeEach(() => {
    asked.length = 0;
    rolloutsStore.setState({ run: null, steps: [], chosen: null, batch: null, opened: 0, gone: null }, true);
    calls.engine = {
      keptRollouts: async () => [1, 2],
      rollouts: async (_run, step) => {
        asked.push(step);
        return batchOf(step);
      },
    };
  });
  const shown = () => rolloutsStore.getState().batch?.step;

  it('is the newest that is kept, after a reload', async () => {
    await followRollouts('a', null);
    expect(rolloutsStore.getState()).toMatchObject({ steps: [1, 2], chosen: null, batch: { step: 2 } });
  });

  it('follows the run, unless one was chosen', async () => {
    await followRollouts('a', batchOf(3));
    expect(rolloutsStore.getState()).toMatchObject({ steps: [1, 2, 3], batch: { step: 3 } });
    expect(asked).toEqual([]);
    await chooseStep(1, batchOf(3));
    await followRollouts('a', batchOf(4));
    expect(shown()).toBe(1);
    await chooseStep(null, batchOf(4));
    expect(shown()).toBe(4);
    await followRollouts('a', batchOf(5));
    expect(shown()).toBe(5);
  });

  it('of another run is not kept', async () => {
    await followRollouts('a', batchOf(3));
    calls.engine.keptRollouts = async () => [];
    await followRollouts('b', null);
    expect(rolloutsStore.getState()).toMatchObject({ run: 'b', steps: [], chosen: null, batch: null });
  });

  it('of a chart’s point is opened; of several steps on one batch the first has the answers; what is not kept is said', async () => {
    const settings = { ...startingSettings, method: 'grpo', grpo: { ...grpoDefaults, num_iterations: 2 } };
    calls.engine.keptRollouts = async () => [3, 5];
    await followRollouts('a', null);
    await openStep({ settings }, 4, null);
    expect([shown(), rolloutsStore.getState().chosen, rolloutsStore.getState().opened]).toEqual([3, 3, 1]);
    await openStep({ settings }, 2, null);
    expect(rolloutsStore.getState()).toMatchObject({ chosen: 3, opened: 2, gone: 1 });
    await openStep({ settings }, 5, batchOf(5));
    expect(rolloutsStore.getState()).toMatchObject({ chosen: 5, gone: null, batch: { step: 5 } });
    expect([1, 2, 3, 8].map((step) => batchStep(step, startingSettings))).toEqual([1, 2, 3, 8]);
  });

  it('that is looked at gets what became of its tokens', async () => {
    await followRollouts('a', batchOf(3));
    await chooseStep(3, batchOf(3));
    const later = batchOf(3, [rollout(0, 1, { changes: { texts: [], places: [], before: [], after: [] } })]);
    await followRollouts('a', later);
    expect(rolloutsStore.getState().batch).toBe(later);
  });
});
