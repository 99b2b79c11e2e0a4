/** How a batch of completions is split, weighed, masked and packed; the numbers are compared with TRL in e2e/parity/grpo.gpu.test.ts. */
import { expect, it } from 'vitest';
import { type GrpoSettings, grpoDefaults } from '../../../protocol/grpo.ts';
import { byCompletion, type GrpoContext, microBatches, packMicroBatch } from './batches.ts';
import { needsOldLogps } from './step.ts';

const EOS = 2;
/** Four completions of 1, 2, 3 and 4 ids; the third does not end. */
const batch = {
  prompt_ids: [1, 2, 3, 4].map((n) => new Uint32Array(n).fill(9)),
  completion_ids: [[EOS], [5, EOS], [5, 6, 7], [5, 6, 7, EOS]].map((ids) => Uint32Array.from(ids)),
  rewards: [[1], [0], [1], [0]],
};

function context(settings: Partial<GrpoSettings> = {}, more: Partial<GrpoContext> = {}): GrpoContext {
  const ends = { eos_token_id: EOS, pad_token_id: EOS };
  return { settings: { ...grpoDefaults, ...settings }, gradient_accumulation_steps: 1, ends, aux: false, ...more };
}

const weights = (settings: Partial<GrpoSettings>, more: Partial<GrpoContext> = {}, step = 0) =>
  microBatches(batch, [1, -1, 1, -1], step, context(settings, more)).map(({ completions }) => completions.map(({ weight }) => weight));

it.each([
  ['grpo', [1 / 4, 1 / 8, 1 / 12, 1 / 16]],
  ['sapo', [1 / 4, 1 / 8, 1 / 12, 1 / 16]],
  ['bnpo', [1, 1, 1, 1].map(() => 1 / 10)],
  ['dr_grpo', [1, 1, 1, 1].map(() => 1 / (4 * 512))],
  ['luspo', [1, 1, 1, 1].map(() => 1 / 4)],
  ['dapo', [1, 1, 1, 1].map(() => 1 / 10)],
] as const)('%s divides as TRL does', (loss_type, wanted) => {
  const [got] = weights({ loss_type });
  for (const [i, weight] of wanted.entries()) expect(got![i]).toBeCloseTo(weight, 12);
});

it('a step takes its share of the micro-batches; dapo divides by the tokens of the whole batch', () => {
  const split = { steps_per_generation: 4 };
  const [a, b] = [weights(split, { gradient_accumulation_steps: 2 }), weights(split, { gradient_accumulation_steps: 2 }, 1)];
  expect([...a, ...b]).toEqual([[0.2], [0.2], [0.2], [0.2]]); // 1 / (10 tokens x 2 / 4)
  const rows = microBatches(batch, [1, -1, 1, -1], 1, context(split, { gradient_accumulation_steps: 2 })).map((m) =>
    m.rows.map(({ row }) => row),
  );
  expect(rows).toEqual([[2], [3]]);
});

it('a masked completion is one of the rows of grpo, and no token of bnpo or dapo', () => {
  const masked = { mask_truncated_completions: true } as const;
  expect(weights({ loss_type: 'grpo', ...masked })).toEqual([[1 / 4, 1 / 8, 1 / 16]]);
  expect(weights({ loss_type: 'bnpo', ...masked })).toEqual([[1 / 7, 1 / 7, 1 / 7]]);
  const [plain] = microBatches(batch, [1, 1, 1, 1], 0, context(masked));
  expect(plain!.rows.map(({ row }) => row)).toEqual([0, 1, 3]);
  const [balanced] = microBatches(batch, [1, 1, 1, 1], 0, context(masked, { aux: true }));
  expect(balanced!.rows.map(({ ids }) => ids.length)).toEqual([2, 4, 3, 8]); // of the masked one its prompt
});

it('leaves out what has no advantage, unless something else depends on it; divisors stay', () => {
  const none = [0, 0, 1, -1];
  const left = (settings: Partial<GrpoSettings>, more?: Partial<GrpoContext>) => {
    const [{ completions, skipped }] = microBatches(batch, none, 0, context({ loss_type: 'bnpo', ...settings }, more)) as [
      ReturnType<typeof microBatches>[0],
    ];
    return { rows: completions.map(({ row }) => row), weight: completions[0]!.weight, skipped };
  };
  expect(left({})).toEqual({ rows: [2, 3], weight: 1 / 10, skipped: 2 });
  const all = { rows: [0, 1, 2, 3], weight: 1 / 10, skipped: 0 };
  expect(left({ beta: 0.1 })).toEqual(all);
  expect(left({ entropy_coef: 0.1 })).toEqual(all);
  expect(left({ top_entropy_quantile: 0.5 })).toEqual(all);
  expect(left({ skip_groups_without_spread: false })).toEqual(all);
  expect(left({}, { aux: true })).toEqual(all);
});

it('packs completions in a list, with the place of the entropy threshold as torch rounds it', () => {
  const [micro] = microBatches(batch, [1, -1, 0.5, -0.5], 0, context({ top_entropy_quantile: 0.7 }));
  const old = batch.completion_ids.map((ids, c) => Float32Array.from(ids, (_, t) => -(c + 1) - t / 10));
  const packed = packMicroBatch(micro!, { T: 64, M: 64 }, 0, { top_entropy_quantile: 0.7 }, { old_logps: old });
  const { completions, entropy_rank, entropy_fraction, old_logps } = packed.columns;
  expect([0, 1, 2, 3, 4].map((c) => [...completions!.slice(4 * c, 4 * c + 2)])).toEqual([
    [0, 1],
    [1, 3],
    [3, 6],
    [6, 10],
    [0, 0],
  ]);
  const floats = new Float32Array(completions!.buffer);
  expect([floats[2], floats[6], floats[10]]).toEqual([1, -1, 0.5]);
  const place = Math.fround(Math.fround(1 - 0.7) * 9);
  expect(entropy_rank![0]! + entropy_fraction![0]!).toBeCloseTo(place, 6);
  expect([...byCompletion(micro!, old_logps as Float32Array)].map(([row, values]) => [row, values])).toEqual(
    old.map((values, row) => [row, values]),
  );
});

it('needs old log-probabilities where a batch is trained on by more than one step', () => {
  const needs = (settings: Partial<GrpoSettings>, gradient_accumulation_steps: number) =>
    needsOldLogps(context(settings, { gradient_accumulation_steps }));
  expect(needs({}, 3)).toBe(false);
  expect(needs({ num_iterations: 2 }, 3)).toBe(true);
  expect(needs({ steps_per_generation: 6 }, 3)).toBe(true);
  expect(needs({ steps_per_generation: 1, num_iterations: 3 }, 3)).toBe(false);
});
