/** What a batch file of GRPO may say, and how anything else is refused: by its name, in one sentence. */
import { expect, it } from 'vitest';
import type { BaseConfig } from '../engine/models/family.ts';
import { readGrpoFile } from './grpo-file.ts';

const limits = { vocab_size: 50, positions: 100 };
const config = { eos_token_ids: [7], pad_token_id: null } as unknown as BaseConfig; // what the reader looks at
const rows = { prompt_ids: [[1], [1]], completion_ids: [[2, 3], [4]], rewards: [[1], [null]] };
const read = (loss: object, more: object = {}) =>
  readGrpoFile({ loss: { type: 'grpo', num_generations: 2, ...loss }, ...rows, ...more }, 'F.json', limits, config);

it("fills in GRPOConfig's defaults and the model's ids", () => {
  const { settings, ends, step, gradient_accumulation_steps, router_aux_loss_coef } = read({ scale_rewards: true });
  expect(settings).toMatchObject({ loss_type: 'dapo', beta: 0, epsilon: 0.2, scale_rewards: 'group', skip_groups_without_spread: false });
  expect({ step, gradient_accumulation_steps, router_aux_loss_coef }).toEqual({
    step: 0,
    gradient_accumulation_steps: 1,
    router_aux_loss_coef: 0,
  });
  expect(ends).toEqual({ eos_token_id: 7, pad_token_id: 7 });
  expect(read({ scale_rewards: false, pad_token_id: 3, eos_token_id: null })).toMatchObject({
    settings: { scale_rewards: 'none' },
    ends: { eos_token_id: null, pad_token_id: 3 },
  });
});

it.each([
  [{ use_vllm: true }, {}, 'loss.use_vllm is not a setting of grpo that is known here'],
  [{ use_adaptive_entropy: true }, {}, 'loss.use_adaptive_entropy is not a setting of grpo that is known here'],
  [{ loss_type: 'ppo' }, {}, 'loss.loss_type is "ppo" and must be grpo or bnpo or dr_grpo'],
  [{ temperature: 0 }, {}, 'loss.temperature is 0 and must be a number above 0'],
  [{ num_generations: 3 }, {}, '2 completions are not whole groups of num_generations 3.'],
  [
    { steps_per_generation: 3, gradient_accumulation_steps: 2 },
    {},
    'steps_per_generation 3 must be a multiple of gradient_accumulation_steps 2',
  ],
  [{ steps_per_generation: 4 }, {}, '2 completions cannot be split into steps_per_generation 4 equal micro-batches'],
  [{ steps_per_generation: 2, step: 2 }, {}, 'step is 2 and this batch has 2 optimizer steps, counted from 0'],
  [{ reward_weights: [1, 2] }, {}, 'reward_weights has 2 numbers and each completion 1 rewards'],
  [{ mask_truncated_completions: true, eos_token_id: null }, {}, 'mask_truncated_completions needs an eos_token_id'],
  [{}, { advantages: [1, 2] }, 'advantages is not known beside a loss of type grpo'],
  [{}, { completion_ids: [[2], [50]] }, 'completion_ids[1][0] is 50, ids go from 0 to 49'],
  [{}, { completion_ids: [[2], []] }, 'completion_ids[1] has 0 ids, 1 are needed'],
  [{}, { rewards: [[1], ['x']] }, 'rewards[1] must be a list of numbers and null'],
  [{}, { old_logps: [[0], [0]] }, 'old_logps[0] has 1 entries and its completion 2 ids'],
  [{}, { prompt_ids: [Array(99).fill(1), [1]] }, 'row 0 has 101 ids with its prompt, the model has 100 positions'],
])('refuses %o %o', (loss, more, sentence) => {
  expect(() => read(loss, more)).toThrow(sentence);
});
