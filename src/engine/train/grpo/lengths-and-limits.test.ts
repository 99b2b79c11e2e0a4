/** Completions at the limit: which count as cut off, what is measured of them, and what is left to learn. The figures are those of the fixture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type GrpoSettings, grpoDefaults } from '../../../protocol/grpo.ts';
import { completionMetrics, type EndIds, truncated } from '../answers/lengths.ts';
import { scoreRollouts } from './advantages.ts';
import { type GrpoContext, microBatches, packMicroBatch } from './batches.ts';
import { grpoMetrics } from './metrics.ts';
import type { RolloutBatch } from './rollouts.ts';

const folder = new URL('../../../../e2e/fixtures/cases/lengths-and-limits/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

interface Case {
  readonly name: string;
  readonly loss: Partial<GrpoSettings> & EndIds & { readonly type: GrpoSettings['loss_type'] };
  readonly prompt_ids: number[][];
  readonly completion_ids: number[][];
  readonly rewards: number[][];
}

const cases = read('batches.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);
const expected = JSON.parse(read('expected.json')) as Record<string, Record<string, number | boolean[] | number[]>>;

function contextOf({ type, eos_token_id, pad_token_id, ...named }: Case['loss']): GrpoContext {
  const settings = { ...grpoDefaults, ...named, loss_type: type };
  return { settings, gradient_accumulation_steps: 1, ends: { eos_token_id, pad_token_id }, aux: false };
}

describe.each(cases)('$name', ({ name, loss, prompt_ids, completion_ids, rewards }) => {
  const { truncated: cut, n_gen, advantages, note: _, ...measured } = expected[name]!;
  const batch: RolloutBatch = {
    prompt_ids: prompt_ids.map((ids) => Uint32Array.from(ids)),
    completion_ids: completion_ids.map((ids) => Uint32Array.from(ids)),
    rewards,
  };
  const context = contextOf(loss);
  const scored = scoreRollouts(rewards, context.settings);

  it('has the lengths, the advantages and the share of groups without spread', () => {
    expect(truncated(batch, context.ends)).toEqual(cut);
    const figures: Record<string, number> = { ...completionMetrics(batch, context.ends), ...scored.metrics };
    for (const [key, value] of Object.entries(measured)) expect(figures[key], key).toBeCloseTo(value as number, 10);
    for (const [row, value] of (advantages as number[]).entries()) expect(scored.advantages[row], `row ${row}`).toBeCloseTo(value, 5);
  });

  it('learns from so many tokens, each completion once, and divides by no zero', () => {
    const [micro] = microBatches(batch, [1, 1, 1, 1], 0, context); // advantages that leave nothing out
    expect(micro!.tokens).toBe(n_gen);
    expect(micro!.masked).toBe(loss.mask_truncated_completions ? (cut as boolean[]).filter(Boolean).length : 0);
    expect(micro!.completions.every(({ weight }) => Number.isFinite(weight) && weight > 0)).toBe(true);
    const { loss: zero } = grpoMetrics(context.settings, [micro!], micro!.rows.length > 0 ? [{ loss: 0, aux: 0 }] : [], 0);
    expect(zero).toBe(0);
    const { columns } = packMicroBatch(micro!, { T: 64, M: 64 }, 0, context.settings);
    const words = columns.completions as Uint32Array;
    expect(micro!.completions.map((_, c) => words[4 * c + 1]! - words[4 * c]!)).toEqual(micro!.completions.map(({ length }) => length));
  });
});
