/** The order of prompts is TRL's: goldens are lists of RepeatSampler (TRL 1.13) over 7 prompts, 3 a batch, seed 42, epoch after epoch. */
import { expect, it } from 'vitest';
import { grpoDefaults } from '../../../protocol/grpo.ts';
import { PromptOrder } from './prompt-order.ts';

const settings = {
  per_device_train_batch_size: 6,
  gradient_accumulation_steps: 1,
  num_train_epochs: 3,
  max_steps: -1,
  seed: 42,
};
const groups = { ...grpoDefaults, num_generations: 2 };
const GOLDEN = [
  [1, 6, 3, 5, 4, 0],
  [5, 3, 2, 4, 0, 1],
  [6, 1, 3, 2, 0, 4],
];

it('goes through the prompts as RepeatSampler does, and leaves out what fills no batch', () => {
  const order = new PromptOrder(7, settings, groups);
  expect([order.prompts, order.answers, order.steps, order.batches]).toEqual([3, 6, 6, 6]);
  const batches = Array.from({ length: 6 }, (_, batch) => order.promptsOf(batch));
  expect(GOLDEN.flatMap((epoch) => [epoch.slice(0, 3), epoch.slice(3)])).toEqual(batches);
  expect(new PromptOrder(7, settings, groups).promptsOf(4)).toEqual(batches[4]); // without the ones before
  expect([0, 1, 5].map((step) => order.epochAfter(step))).toEqual([0.5, 1, 3]);
});

it('trains on a batch as often as the settings say', () => {
  const often = { ...groups, steps_per_generation: 4, num_iterations: 2 };
  const order = new PromptOrder(20, { ...settings, per_device_train_batch_size: 2, gradient_accumulation_steps: 2 }, often);
  expect([order.prompts, order.answers, order.microBatches]).toEqual([4, 8, 4]);
  expect([0, 3, 4, 7, 8].map((step) => order.locate(step))).toEqual([
    { batch: 0, part: 0 },
    { batch: 0, part: 3 },
    { batch: 1, part: 0 },
    { batch: 1, part: 3 },
    { batch: 2, part: 0 },
  ]);
  expect([order.steps, order.batches]).toEqual([3 * 5 * 4, 3 * 5]);
});

it('says what to change where the dataset has fewer prompts than a batch', () => {
  expect(() => new PromptOrder(2, settings, groups)).toThrow(
    'The dataset has 2 prompts and a batch of answers needs 3; lower per_device_train_batch_size, or raise num_generations.',
  );
});
