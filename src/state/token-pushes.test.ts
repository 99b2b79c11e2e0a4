/** Tokens by what a step did to them: up, down or neither, wanted or not, how strongly; in runs of one place; each in words. */
import { expect, it } from 'vitest';
import type { Rollout } from '../protocol/rollouts.ts';
import { divergenceScale, divergenceWords, divergentTokens, pushedTokens, pushScale, tokenRuns, tokenWords } from './token-pushes.ts';

const good: Pick<Rollout, 'advantage' | 'changes'> = {
  advantage: 2,
  changes: {
    texts: ['<|channel|>', 'analysis', '<|message|>', 'Ja', '.', ''],
    places: ['control', 'control', 'control', 'thinking', 'thinking', 'content'],
    before: [-0.1, -1, -1, -2, -0.5, -3],
    after: [-0.1, -1, -1.00001, -1, -0.6, Number.NaN],
  },
};
const bad = { ...good, advantage: -1 };

it('up and down are what happened, wanted is what the advantage says of it', () => {
  const scale = pushScale({ rollouts: [good, bad] as Rollout[] });
  expect(scale).toBeCloseTo(2, 12);
  const tokens = pushedTokens(good, scale);
  expect(tokens.map(({ push }) => push)).toEqual(['none', 'none', 'none', 'up', 'down', 'none']);
  expect(tokens.map(({ strength }) => Number(strength.toFixed(2)))).toEqual([0, 0, 0, 1, 0.1, 0]);
  expect(tokens.map(({ wanted }) => wanted).slice(3, 5)).toEqual([true, false]);
  expect(pushedTokens(bad, scale).map(({ push, wanted }) => [push, wanted])[3]).toEqual(['up', false]);
  expect(pushedTokens({ advantage: 1 }, 1)).toEqual([]);
  expect(pushScale({ rollouts: [] })).toBe(0);
});

it('neighbours of one place are one run, and a token is a sentence', () => {
  const tokens = pushedTokens(good, 2);
  expect(tokenRuns(tokens).map(({ place, from, tokens: own }) => [place, from, own.length])).toEqual([
    ['control', 0, 3],
    ['thinking', 3, 2],
    ['content', 5, 1],
  ]);
  expect(tokenWords(tokens[3]!, 2)).toBe('probability 13.5 % to 36.8 %, log-probability +1.00, advantage +2.00: pushed up, as wanted');
  expect(tokenWords(tokens[4]!, 2)).toMatch(/log-probability −0\.10, .+: pushed down, against what was wanted$/);
  expect(tokenWords(tokens[0]!, 2)).toMatch(/: not moved$/);
});

it('of distillation a token is as strong as the teacher is far from it; what is the same to the eye is not marked', () => {
  const answer: Pick<Rollout, 'divergences'> = {
    divergences: { texts: ['Jibu', ' ni', ' 42'], places: ['thinking', 'thinking', 'content'], divergence: [1.5, 0.004, 0.3] },
  };
  const scale = divergenceScale({ rollouts: [answer, {}] as Rollout[] });
  expect(scale).toBe(1.5);
  const tokens = divergentTokens(answer, scale);
  expect(tokens.map(({ push, strength }) => [push, Number(strength.toFixed(2))])).toEqual([
    ['apart', 1],
    ['none', 0],
    ['apart', 0.2],
  ]);
  expect(tokenRuns(tokens).map(({ place, tokens: own }) => [place, own.length])).toEqual([
    ['thinking', 2],
    ['content', 1],
  ]);
  expect(tokens.map(divergenceWords)).toEqual([
    'divergence 1.50 nats between teacher and student',
    'divergence 0.0040 nats: the teacher would write much the same',
    'divergence 0.30 nats between teacher and student',
  ]);
  expect(divergentTokens({}, 1)).toEqual([]);
});
