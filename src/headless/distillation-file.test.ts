/** What a batch file of distillation may say, and how anything else is refused: by its name, in one sentence. */
import { expect, it } from 'vitest';
import { readDistillationFile } from './distillation-file.ts';

const limits = { vocab_size: 50, positions: 20 };
const rows = { student_prompt_ids: [[1], [1, 2]], teacher_prompt_ids: [[5, 6, 7], [8]], completion_ids: [[2, 3], [4]] };
const read = (loss: object, more: object = {}) =>
  readDistillationFile({ loss: { type: 'distillation', ...loss }, ...rows, ...more }, 'F.json', limits);

it('fills in the defaults', () => {
  expect(read({})).toEqual({
    settings: {
      beta: 0,
      temperature: 1,
      jsd_token_clip: null,
      top_k_loss: 0,
      top_k_of: 'teacher',
      add_tail: false,
      sampled_token: false,
      teacher: 'base',
    },
    ...rows,
  });
  const given = { beta: 0.5, temperature: 1.1, jsd_token_clip: 0.05, top_k_loss: 3, top_k_of: 'student', add_tail: true };
  expect(read(given).settings).toMatchObject(given);
});

it.each([
  [{ alpha: 0.5 }, {}, 'loss.alpha is not a setting of distillation that is known here'],
  [{ teacher: 'live' }, {}, 'loss.teacher is not a setting of distillation that is known here'],
  [{ toString: 1 }, {}, 'loss.toString is not a setting of distillation that is known here'],
  [{ beta: 1.5 }, {}, 'loss.beta is 1.5 and must be a number from 0 to 1'],
  [{ beta: null }, {}, 'loss.beta is null and must be a number from 0 to 1'],
  [{ temperature: 0 }, {}, 'loss.temperature is 0 and must be a number above 0'],
  [{ jsd_token_clip: 0 }, {}, 'loss.jsd_token_clip is 0 and must be null or a number above 0'],
  [{ top_k_loss: 2.5 }, {}, 'loss.top_k_loss is 2.5 and must be a whole number'],
  [{ top_k_loss: 2, top_k_of: 'both' }, {}, 'loss.top_k_of is "both" and must be teacher or student'],
  [{ sampled_token: true, top_k_loss: 5 }, {}, 'so set loss.top_k_loss to 0 and loss.jsd_token_clip to null'],
  [{ sampled_token: true, jsd_token_clip: 1 }, {}, 'loss.sampled_token looks at one token alone'],
  [{}, { rewards: [[1]] }, 'rewards is not known beside a loss of type distillation'],
  [{}, { prompt_ids: [[1]] }, 'prompt_ids is not known beside a loss of type distillation'],
  [{}, { teacher_prompt_ids: undefined }, 'F.json needs {"teacher_prompt_ids": [[...], ...]}'],
  [{}, { teacher_prompt_ids: [[1]] }, 'teacher_prompt_ids has 1 rows and completion_ids 2'],
  [{}, { completion_ids: [[2], []] }, 'completion_ids[1] has 0 ids, 1 are needed'],
  [{}, { student_prompt_ids: [[50], [1]] }, 'student_prompt_ids[0][0] is 50, ids go from 0 to 49'],
  [
    {},
    { teacher_prompt_ids: [[1], Array(20).fill(1)] },
    'teacher_prompt_ids[1] has 21 ids with its completion, the model has 20 positions',
  ],
])('refuses %o %o', (loss, more, sentence) => {
  expect(() => read(loss, more)).toThrow(sentence);
});
