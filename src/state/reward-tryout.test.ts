/** Settings of rewards as the form changes them, languages by their own names, and the line that a program's error names. */
import { expect, it } from 'vitest';
import { grpoDefaults } from '../protocol/grpo.ts';
import { changedRewardSettings, rewardProblemAt, withRewardSetting } from './chosen-rewards.ts';
import { readAs } from './languages.ts';
import { aboutTryout, lineOf, tryoutStore } from './reward-tryout.ts';

const freshTryout = tryoutStore.getState();

it('a setting of a reward goes with its default, and an emptied program stays empty', () => {
  expect(withRewardSetting({}, 'repetition', 'ngram_size', 4)).toEqual({ repetition: { ngram_size: 4 } });
  expect(withRewardSetting({ repetition: { ngram_size: 4 } }, 'repetition', 'ngram_size', 3)).toEqual({});
  expect(withRewardSetting({ repetition: { ngram_size: 4, max_penalty: -2 } }, 'repetition', 'ngram_size', undefined)).toEqual({
    repetition: { max_penalty: -2 },
  });
  expect(withRewardSetting({ own: { source: '() => 1' } }, 'own', 'source', '')).toEqual({ own: { source: '' } });
});

it('what is wrong is said at the setting, of chosen rewards alone', () => {
  const grpo = {
    ...grpoDefaults,
    reward_funcs: ['repetition', 'language'],
    reward_settings: {
      repetition: { ngram_size: 0, max_penalty: -1 },
      code: { timeout_s: -1 },
      language: { otherwise: 'Klingon', pass: 'whole' },
    },
  };
  expect(rewardProblemAt(grpo, 'repetition', 'ngram_size')).toBe('repetition.ngram_size is 0 and must be a whole number from 1 to 1,000.');
  expect(rewardProblemAt(grpo, 'repetition', 'max_penalty')).toBe('');
  expect(rewardProblemAt(grpo, 'language', 'otherwise')).toMatch(/"Klingon".*a language that is known here/);
  expect(rewardProblemAt(grpo, 'code', 'timeout_s')).toBe('');
  expect(changedRewardSettings(grpo, 'repetition')).toEqual(['ngram_size']);
  expect(changedRewardSettings(grpo, 'accuracy')).toEqual([]);
});

it('a language is read by its own name', () => {
  expect(readAs('language', 'de')).toEqual({ text: 'Deutsch', language: 'German' });
  expect(readAs('answer_language', 'ja')).toEqual({ text: '日本語', language: 'Japanese' });
  expect(readAs('language', 'xx')).toEqual({ text: 'xx' });
  expect(readAs('accuracy', 'de')).toEqual({ text: 'de' });
});

it('an error names its line', () => {
  expect(lineOf('Your own reward cannot be used. It cannot be read: SyntaxError in line 3, column 5: unexpected token.')).toBe(3);
  expect(lineOf('It did not end within 2 s.')).toBeNull();
});

it('a result is told from those of other rewards and texts, not of rewards that are not chosen', () => {
  const grpo = { ...grpoDefaults, reward_funcs: ['accuracy'], reward_settings: {} };
  const about = aboutTryout(grpo, freshTryout);
  expect(aboutTryout({ ...grpo, reward_settings: { code: { timeout_s: 1 } } }, freshTryout)).toBe(about);
  expect(aboutTryout({ ...grpo, reward_weights: [2] }, freshTryout)).not.toBe(about);
  expect(aboutTryout(grpo, { ...freshTryout, texts: { 0: '4' } })).not.toBe(about);
});
