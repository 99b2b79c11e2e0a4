/** What is said of a batch of answers before anyone looks at them. */
import { expect, it } from 'vitest';
import { type Rollout, saidOfBatch } from './rollouts.ts';

const batch = (...stops: Rollout['stop'][][]) => ({
  rollouts: stops.flatMap((group, g) => group.map((stop) => ({ group: g, stop }) as Rollout)),
});

it('names the groups whose every answer was cut off, and no others', () => {
  expect(saidOfBatch(batch(['length', 'eos'], ['eos', 'eos']))).toEqual([]);
  expect(saidOfBatch(batch(['length', 'length'], ['eos', 'length'], ['length', 'length']))).toEqual([
    'Every answer of 2 of 3 groups reached max_completion_length and was cut off, so none of them teaches how an answer ends; raise max_completion_length.',
  ]);
  expect(saidOfBatch(batch(['length', 'length']))).toEqual([
    'Every answer reached max_completion_length and was cut off, so none of them teaches how an answer ends; raise max_completion_length.',
  ]);
});
