/** The answers of a run as JSON Lines: names that viewers of such files know, and everything that the page shows. */
import { expect, it } from 'vitest';
import { type Rollout, type RolloutBatchRecord, rolloutLines } from './rollouts.ts';
import { currentRollouts } from './saved.ts';

const one: Rollout = {
  row: 7,
  group: 1,
  question: '2 + 3?',
  gold: '5',
  reasoning_language: 'German',
  thinking: 'Zwei und drei.',
  content: '5',
  rest: '',
  completion: '<|channel|>analysis<|message|>Zwei und drei.<|end|>5',
  tokens: 9,
  stop: 'length',
  verdicts: [{ value: 1, why: 'Right.', parsed: '5' }],
  reward: 1,
  advantage: 0.5,
};
const record: RolloutBatchRecord = {
  step: 3,
  rewards: ['accuracy'],
  prompts: [
    { text: 'first', tokens: 1 },
    { text: '<|start|>user<|message|>2 + 3?', tokens: 6 },
  ],
  rollouts: [one, { ...one, stop: 'eos', left_out: 'alike', changes: { texts: ['a'], places: ['content'], before: [-1], after: [-0.5] } }],
};

it('a line an answer', () => {
  const lines = rolloutLines(record).trimEnd().split('\n');
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toEqual({
    ...{ step: 3, group_index: 1, index: 0, row: 7, question: '2 + 3?', label: '5', reasoning_language: 'German' },
    ...{ prompt: '<|start|>user<|message|>2 + 3?', prompt_length: 6, response: one.completion, response_length: 9, status: 'truncated' },
    ...{ thinking: 'Zwei und drei.', content: '5', rest: '', reward: 1, advantage: 0.5, left_out: null },
    rewards: { accuracy: { value: 1, why: 'Right.', parsed: '5' } },
  });
  expect(second).toMatchObject({
    index: 1,
    status: 'completed',
    left_out: 'alike',
    tokens: ['a'],
    logps_before: [-1],
    logps_after: [-0.5],
  });
});

it('answers that were kept before their prompts were are read', () => {
  const { prompts: _, rollouts, ...rest } = record;
  const old = { ...rest, rollouts: rollouts.map(({ completion: __, ...own }) => own) } as unknown as RolloutBatchRecord;
  const read = currentRollouts(old);
  expect(read).toMatchObject({ step: 3, prompts: [], rollouts: [{ completion: 'Zwei und drei.5' }, {}] });
  expect(JSON.parse(rolloutLines(read).split('\n')[0]!)).toMatchObject({ prompt: null, prompt_length: null, response: 'Zwei und drei.5' });
  expect(currentRollouts(record)).toBe(record);
});
