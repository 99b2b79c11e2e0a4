import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optimizerSteps, RunOrder, splitValidation, totalSteps } from './order.ts';
import { randperm } from './torch-random.ts';

interface OrderGolden {
  rows: number;
  seed: number;
  epochs: { head: number[]; sum: number }[];
}

const goldens: { cases: OrderGolden[] } = JSON.parse(
  readFileSync(new URL('../../../e2e/fixtures/data/order.json', import.meta.url), 'utf8'),
);
const settings = { per_device_train_batch_size: 2, gradient_accumulation_steps: 3, num_train_epochs: 1, max_steps: -1, seed: 42 };

describe('data order', () => {
  it.each(goldens.cases)('is torch and accelerate’s: $rows rows, seed $seed', ({ rows, seed, epochs }) => {
    for (const [epoch, golden] of epochs.entries()) {
      const order = randperm(rows, seed + epoch);
      expect(order.slice(0, 12)).toEqual(golden.head);
      expect(order.reduce((sum, value, index) => sum + (index + 1) * value, 0)).toBe(golden.sum);
    }
  });

  it('counts steps as Trainer does: the cookbook’s 1000 rows are 250 batches and 63 steps', () => {
    const cookbook = { ...settings, per_device_train_batch_size: 4, gradient_accumulation_steps: 4 };
    expect(totalSteps(1000, cookbook)).toBe(63);
    expect(totalSteps(1000, { ...cookbook, num_train_epochs: 1.5 })).toBe(95);
    expect(totalSteps(1000, { ...cookbook, max_steps: 7 })).toBe(7);
    expect(totalSteps(1, cookbook)).toBe(1);
    expect(totalSteps(0, cookbook)).toBe(0);
  });

  it('keeps the last incomplete step, every row once an epoch', () => {
    const all = [...optimizerSteps(11, { ...settings, num_train_epochs: 2 })];
    expect(all.map((each) => each.batches.map((batch) => batch.length))).toEqual([
      [2, 2, 2],
      [2, 2, 1],
      [2, 2, 2],
      [2, 2, 1],
    ]);
    expect(all.map((each) => each.epoch)).toEqual([0.5, 1, 1.5, 2]);
    expect(all.slice(0, 2).flatMap((each) => each.batches.flat())).toEqual(randperm(11, 42));
    expect(all.slice(2).flatMap((each) => each.batches.flat())).toEqual(randperm(11, 43));
  });

  it('goes on for as many epochs as max_steps needs, and stops in the middle of one', () => {
    const steps = [...optimizerSteps(5, { ...settings, max_steps: 3 })];
    expect(steps.map((each) => each.step)).toEqual([0, 1, 2]);
    expect(steps.at(-1)!.epoch).toBe(3);
    const half = [...optimizerSteps(13, { ...settings, num_train_epochs: 0.5 })];
    expect(half.map((each) => each.batches.flat().length)).toEqual([6, 6]);
  });

  it('takes a given order whose last epoch is as long as the run needs, and no shorter one', () => {
    const cut = { ...settings, max_steps: 3 }; // two steps of epoch 0, one of epoch 1: 6 of its 10 rows
    const whole = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
    const steps = (last: number[]) => [...optimizerSteps(10, cut, [whole, last])].map(({ batches }) => batches.flat());
    expect(steps([0, 1, 2, 3, 4, 5])).toEqual([
      [9, 8, 7, 6, 5, 4],
      [3, 2, 1, 0],
      [0, 1, 2, 3, 4, 5],
    ]);
    expect(() => steps([0, 1, 2, 3, 4])).toThrow('has 5 rows for epoch 1, and 6 are needed');
  });

  it('replays an order that is given', () => {
    const replayed = [...optimizerSteps(4, settings, [[3, 1, 2, 0]])];
    expect(replayed).toEqual([
      {
        step: 0,
        epoch: 1,
        batches: [
          [3, 1],
          [2, 0],
        ],
      },
    ]);
  });

  it('splits off validation rows without losing one', () => {
    const { train, validation } = splitValidation(20, 0.1, 7);
    expect(validation).toHaveLength(2);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(splitValidation(1, 0.5, 7)).toEqual({ train: [0], validation: [] });
    expect(splitValidation(3, 0, 7).validation).toEqual([]);
  });
});

it('a step by itself is the step of the whole run', () => {
  const long = { ...settings, num_train_epochs: 3.5 };
  const run = new RunOrder(23, long);
  const all = [...optimizerSteps(23, long)];
  expect(run.steps).toBe(all.length);
  for (const at of [13, 0, 7, all.length - 1]) expect(run.step(at)).toEqual(all[at]);
  expect(Array.from({ length: run.epochs }, (_, epoch) => run.rowsOfEpoch(epoch)).flat()).toEqual(
    all.flatMap(({ batches }) => batches.flat()),
  );
});
