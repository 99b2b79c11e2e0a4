/** Figures per token of the loss, the share that the clip removes, and lengths of the answers that the student gave itself. */
import { expect, it } from 'vitest';
import { answerMetrics, distillationMetrics } from './metrics.ts';
import type { Written } from './written.ts';

const sums = {
  loss: 0.2,
  divergence: 6,
  unclipped: 30,
  clipped: 27,
  positive: 36,
  entropy: 4,
  teacher_entropy: 1,
  agreement: 15,
  count: 20,
  aux: 0,
};

it('are means over the tokens of all micro-batches, not of their means', () => {
  const other = { ...sums, loss: 0.3, divergence: 4, count: 5, agreement: 5, clipped: 0, positive: 0 };
  expect(distillationMetrics({ jsd_token_clip: 0.05 }, [sums, other])).toEqual({
    ...{ loss: 0.5, divergence: 10 / 25, entropy: 8 / 25, teacher_entropy: 2 / 25, agreement: 20 / 25, clipped_share: 27 / 36 },
  });
});

it('has no share of the clip where there is none, and no figure where nothing counted', () => {
  expect(distillationMetrics({ jsd_token_clip: null }, [sums])).not.toHaveProperty('clipped_share');
  expect(distillationMetrics({ jsd_token_clip: 1 }, [{ ...sums, positive: 0, clipped: 0 }]).clipped_share).toBe(0);
  expect(distillationMetrics({ jsd_token_clip: 1 }, [])).toEqual({ loss: 0 });
});

it('measures the student’s own answers alone', () => {
  const answer = (ids: number[], own: boolean, cut = false): Written =>
    ({ ids: Uint32Array.from(ids), cut, reply: own ? {} : null }) as unknown as Written; // all that is read of it
  const ends = { eos_token_id: 2, pad_token_id: 0 };
  const answers = [answer([5, 2], true), answer([5, 2], true), answer([5, 6, 7, 8], true, true), answer([5, 2], true), answer([9], false)];
  expect(answerMetrics(answers, 1.5, 2, ends)).toMatchObject({
    'completions/mean_length': 2.5,
    'completions/clipped_ratio': 0.25,
    'completions/mean_terminated_length': 2,
    'completions/distinct_ratio': 0.75,
    generation_time: 1.5,
    generated_tokens: 10,
  });
  expect(answerMetrics(answers, 1, 1, ends)).not.toHaveProperty('completions/distinct_ratio');
  expect(answerMetrics([answer([9], false)], 0, 1, ends)).toEqual({});
});
