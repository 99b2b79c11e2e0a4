/** What makes a batch of completions unusable is said in one sentence that names the row. */
import { expect, it } from 'vitest';
import { grpoDefaults, grpoTable } from '../../../protocol/grpo.ts';
import { checkRollouts, type RolloutBatch } from './rollouts.ts';

const ids = (...rows: number[][]) => rows.map((row) => Uint32Array.from(row));
const good: RolloutBatch = { prompt_ids: ids([1], [1]), completion_ids: ids([2, 3], [4]), rewards: [[1], [null]] };

it.each([
  [{ completion_ids: ids([2], [], [3]) }, '3 completions are not whole groups of num_generations 2.'],
  [{ rewards: [[1]] }, 'rewards has 1 rows and completion_ids 2; one is needed for each completion.'],
  [{ completion_ids: ids([2], []) }, 'completion_ids[1] is empty; a completion has at least one id.'],
  [{ prompt_ids: ids([], [1]) }, 'prompt_ids[0] is empty; a prompt has at least one id.'],
  [{ rewards: [[1], [1, 2]] }, 'rewards[1] has 2 entries; each completion needs one per reward function, and there is at least one.'],
  [{ old_logps: [Float32Array.of(-1), Float32Array.of(-1)] }, 'old_logps[0] has 1 entries and its completion 2 ids.'],
])('refuses %o', (change, sentence) => {
  expect(() => checkRollouts(good, 2)).not.toThrow();
  expect(() => checkRollouts({ ...good, ...change }, 2)).toThrow(sentence);
});

it("TRL's defaults hold their own rules", () => {
  for (const [name, { rule }] of Object.entries(grpoTable)) expect(rule.problems(name, grpoDefaults[name as 'beta'])).toEqual([]);
  expect(grpoTable.delta.rule.problems('delta', 'x')).toEqual(['delta is "x" and must be null or a number above 0 and at most 1,000,000']);
});
