/** Advantages and their metrics on small groups whose values are worked out by hand; e2e/parity/grpo.gpu.test.ts compares with TRL's own trainer. */
import { describe, expect, it } from 'vitest';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { completionMetrics } from '../answers/lengths.ts';
import { scoreRollouts } from './advantages.ts';

const settings = { ...grpoDefaults, num_generations: 2, skip_groups_without_spread: false };
const close = (values: Iterable<number>, wanted: readonly number[]) => {
  const got = [...values];
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 10);
};
const one = (...rewards: (number | null)[]) => rewards.map((r) => [r]);
const root = Math.SQRT1_2; // the deviation, by n - 1, of two values at a distance of 1

describe('sum_then_normalize', () => {
  it('divides by the deviation of the group, of the batch, or by nothing', () => {
    const rewards = one(1, 0, 3, 3);
    close(scoreRollouts(rewards, settings).advantages, [0.5 / (root + 1e-4), -0.5 / (root + 1e-4), 0, 0]);
    close(scoreRollouts(rewards, { ...settings, scale_rewards: 'none' }).advantages, [0.5, -0.5, 0, 0]);
    const batch = scoreRollouts(rewards, { ...settings, scale_rewards: 'batch' });
    close(batch.advantages, [0.5 / (1.5 + 1e-4), -0.5 / (1.5 + 1e-4), 0, 0]);
    expect(batch.metrics.frac_reward_zero_std).toBe(0);
    expect(scoreRollouts(rewards, settings).metrics).toMatchObject({ reward: 1.75, reward_std: 1.5, frac_reward_zero_std: 0.5 });
  });

  it('weighs the functions, and leaves out what one has nothing to say about', () => {
    const { advantages, metrics } = scoreRollouts(
      [
        [1, 2],
        [null, 1],
        [null, null],
        [0, 5],
      ],
      { ...settings, scale_rewards: 'none', reward_weights: [2, 0.5] },
      ['accuracy', 'format'],
    );
    close(advantages, [1.25, -1.25, 0, 0]); // 3 and 0.5; the unscored one is in no mean, its fellow is its own mean
    expect(metrics['rewards/accuracy/mean']).toBe(0.5);
    expect(metrics['rewards/format/mean']).toBeCloseTo(8 / 3, 12);
    expect(metrics.reward).toBeCloseTo(2, 12);
  });

  it('gives one that was scored alone in its group no advantage, and no zero spread', () => {
    const { advantages, metrics } = scoreRollouts(one(1, null, 1, 0), settings);
    close(advantages, [0, 0, 0.5 / (root + 1e-4), -0.5 / (root + 1e-4)]);
    expect(metrics.frac_reward_zero_std).toBe(0);
  });
});

describe('normalize_then_sum', () => {
  it('normalises each function in its group and the sum over the batch', () => {
    const two = { ...settings, multi_objective_aggregation: 'normalize_then_sum' } as const;
    const z = 0.5 / (root + 1e-4);
    const rewards = [
      [1, 7],
      [0, 7],
      [0, 2],
      [0, 4],
    ];
    const big = 1 / (2 * root + 1e-4);
    const total = [z, -z, -big, big];
    const s = Math.sqrt(total.reduce((n, v) => n + v * v, 0) / 3);
    const { advantages, metrics } = scoreRollouts(rewards, two);
    close(
      advantages,
      total.map((v) => v / (s + 1e-4)),
    );
    expect(metrics.frac_reward_zero_std).toBe(0);
  });

  it('is all zero spread where every group agrees', () => {
    const two = { ...settings, multi_objective_aggregation: 'normalize_then_sum', scale_rewards: 'none' } as const;
    expect(scoreRollouts(one(1, 1, 2, 2), two).metrics.frac_reward_zero_std).toBe(1);
  });
});

it('gives groups without spread exactly 0 where that is asked for', () => {
  const sums = one(0.1, 0.1, 0.1, 0.7, 0.7, 0.7);
  const three = { ...settings, num_generations: 3, scale_rewards: 'batch' } as const;
  expect([...scoreRollouts(sums, { ...three, skip_groups_without_spread: true }).advantages]).toEqual([0, 0, 0, 0, 0, 0]);
  const mixed = [
    [1, 0],
    [0, 1],
    [1, 1],
    [1, 0],
  ]; // equal sums, unequal parts
  const each = { ...settings, multi_objective_aggregation: 'normalize_then_sum', skip_groups_without_spread: true } as const;
  expect([...scoreRollouts(mixed, { ...settings, skip_groups_without_spread: true }).advantages].slice(0, 2)).toEqual([0, 0]);
  expect(scoreRollouts(mixed, each).advantages.every((a) => a !== 0)).toBe(false);
});

it('takes no rounding of equal rewards for an advantage', () => {
  const three = { ...settings, num_generations: 3 } as const;
  const equal = one(0.1, 0.1, 0.1, 0.2, 0.5, 0.3); // the mean of three 0.1 is not 0.1 in float64
  expect([...scoreRollouts(equal, three).advantages].slice(0, 3)).toEqual([0, 0, 0]);
  const each = { ...three, multi_objective_aggregation: 'normalize_then_sum' } as const;
  expect([...scoreRollouts(equal, each).advantages].slice(0, 3)).toEqual([0, 0, 0]);
});

it('counts as cut off what ends by neither eos nor pad', () => {
  const completion_ids = [[5, 2], [5, 5, 5], [0]].map((ids) => Uint32Array.from(ids));
  expect(completionMetrics({ completion_ids }, { eos_token_id: 2, pad_token_id: 0 })).toEqual({
    'completions/mean_length': 2,
    'completions/min_length': 1,
    'completions/max_length': 3,
    'completions/clipped_ratio': 1 - 2 / 3,
    'completions/mean_terminated_length': 1.5,
    'completions/min_terminated_length': 1,
    'completions/max_terminated_length': 2,
  });
  const none = completionMetrics({ completion_ids }, { eos_token_id: null, pad_token_id: null });
  expect([none['completions/clipped_ratio'], none['completions/max_terminated_length']]).toEqual([1, 0]);
});
