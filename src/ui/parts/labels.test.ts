/** The sentence on the two modes, for every mix; how far a job is. */
import { expect, it } from 'vitest';
import { modesSentence, paceWords } from './labels.ts';

it.each([
  [{ think: 20, no_think: 18 }, false, '20 rows with reasoning (think) and 18 with the answer alone (no_think) train.'],
  [{ think: 1, no_think: 1200 }, false, '1 row with reasoning (think) and 1,200 with the answer alone (no_think) train.'],
  [{ think: 20, no_think: 18 }, true, 'About 20 rows with reasoning (think) and about 18 with the answer alone (no_think) train.'],
  [{ think: 38, no_think: 0 }, false, 'All rows train with their reasoning (think).'],
  [{ think: 0, no_think: 38 }, true, 'All rows train with the answer alone (no_think).'],
])('%j', (modes, estimated, sentence) => {
  expect(modesSentence(modes, estimated)).toBe(sentence);
});

it('says of a job what is known of it', () => {
  expect(paceWords({ done: 1200, total: 4800, rate: 210.4, left: 80 }, '900 kept')).toBe(
    '1,200 of 4,800 answers, 900 kept, 210 tokens/s, 01:20 left',
  );
  expect(paceWords({ done: 0, total: 1, rate: null, left: null })).toBe('0 of 1 answer');
});
