/** Rotary frequencies of gpt-oss-20b against the values that transformers computes. */
import { describe, expect, it } from 'vitest';
import { type RopeSettings, ropeFrequencies, yarnRamp } from './rope.ts';

const gptOss20b: RopeSettings = {
  theta: 150000,
  type: 'yarn',
  low_freq_factor: 1,
  high_freq_factor: 4,
  factor: 32,
  beta_fast: 32,
  beta_slow: 1,
  truncate: false,
  original_max_position_embeddings: 4096,
  attention_factor: null,
};

const golden = [
  1.0, 6.890442967e-1, 4.747820497e-1, 3.271458745e-1, 2.254180014e-1, 1.553229839e-1, 1.070244238e-1, 7.374456525e-2, 5.08132726e-2,
  3.170569614e-2, 1.933499984e-2, 1.159204915e-2, 6.794959307e-3, 3.86035908e-3, 2.09379266e-3, 1.052602194e-3, 4.564839182e-4,
  1.293186942e-4, 3.830881178e-5, 2.639646846e-5, 1.818833698e-5, 1.25325696e-5, 8.63549576e-6, 5.950239483e-6, 4.099978469e-6,
  2.825066758e-6, 1.946596285e-6, 1.341290954e-6, 9.242089618e-7, 6.368209142e-7, 4.387978549e-7, 3.023511397e-7,
];

describe('ropeFrequencies', () => {
  it('is the golden of gpt-oss-20b', () => {
    const { inv_freq, attention_scaling } = ropeFrequencies(gptOss20b, 64);
    expect(inv_freq.length).toBe(32);
    // The goldens were printed from float32: 6e-8 is half a unit in the last place; the ramp adds a few.
    for (const [i, value] of golden.entries()) expect(Math.abs(inv_freq[i]! / value - 1)).toBeLessThan(1e-6);
    expect(attention_scaling).toBe(1.3465735902799727);
    expect(yarnRamp(gptOss20b, 64)).toEqual([8.092779115512402, 17.39802450158856]);
  });

  it('rounds the ramp outwards when it truncates', () => {
    expect(yarnRamp({ ...gptOss20b, truncate: true }, 64)).toEqual([8, 18]);
  });

  it('is plain without YaRN', () => {
    const { inv_freq, attention_scaling } = ropeFrequencies({ ...gptOss20b, type: 'default', theta: 10000 }, 8);
    expect([...inv_freq]).toEqual([1, 10000 ** -0.25, 10000 ** -0.5, 10000 ** -0.75]);
    expect(attention_scaling).toBe(1);
  });

  it('takes a given attention factor', () => {
    expect(ropeFrequencies({ ...gptOss20b, attention_factor: 1.25 }, 64).attention_scaling).toBe(1.25);
  });
});
