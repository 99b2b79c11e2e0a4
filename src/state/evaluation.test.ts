/** Words and choices of Evaluate: the comparison as a sentence, figures as text, what an earlier visit kept, the languages of another set. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { QuestionSet } from '../protocol/evaluation.ts';
import type { ComparedColumns } from '../protocol/evaluation-run.ts';
import {
  adoptSet,
  choose,
  evaluationStore,
  figureLabel,
  figureText,
  freshEvaluation,
  nameOfLanguage,
  pairSentence,
  recalledEvaluation,
} from './evaluation.ts';

beforeEach(() => evaluationStore.setState(freshEvaluation, true));

const compared = (difference: number, p: number, rest: Partial<ComparedColumns['all']> = {}, unpaired = 0): ComparedColumns => ({
  first: 'Base',
  second: 'Mine',
  languages: {},
  all: {
    questions: 60,
    difference: { mean: difference, low: difference - 0.05, high: difference + 0.05 },
    better: 9,
    worse: 3,
    equal: 48,
    p,
    ...rest,
  },
  unpaired,
});

describe('two columns', () => {
  it.each([
    [
      0.1,
      0.0001,
      'On 60 questions, Mine is right 10.0 points more often than Base (95 % interval +5.0 to +15.0)',
      'p < 0.001, so the difference is hardly chance',
    ],
    [-0.1, 0.04, 'Mine is right 10.0 points less often than Base (95 % interval −15.0 to −5.0)', 'p = 0.040'],
    [0.02, 0.62, 'Mine is right 2.0 points more often than Base (95 % interval −3.0 to +7.0)', 'p = 0.62, so it may be chance'],
    [0, 1, 'Mine is right as often as Base (95 % interval −5.0 to +5.0)', 'p = 1.00, so it may be chance'],
  ])('that differ by %s are said to', (difference, p, sentence, verdict) => {
    const said = pairSentence(compared(difference, p));
    expect(said).toContain(sentence);
    expect(said).toContain(verdict);
    expect(said).toContain('better on 9, worse on 3, equal on 48');
  });

  it('of different questions say how many are left out, or that there is none in common', () => {
    expect(pairSentence(compared(0.1, 0.01, {}, 1))).toMatch(/1 question that only one of them answered is left out\.$/);
    expect(pairSentence(compared(0.1, 0.01, {}, 5))).toMatch(/5 questions that only one of them answered are left out\.$/);
    const none = compared(0, 1, { questions: 0, difference: { mean: null, low: null, high: null } }, 7);
    expect(pairSentence(none)).toBe('Base and Mine have no scored question in common.');
  });
});

it('figures are written with the digits that mean something', () => {
  expect([figureText(0.8125, 'share'), figureText(null, 'share'), figureText(96.44, 'tokens'), figureText(1234.5, 'tokens')]).toEqual([
    '81.3',
    '–',
    '96.4',
    '1235',
  ]);
  expect([figureLabel('pass', 4), figureLabel('parsed', 4)]).toEqual(['Pass@4', 'Format rate']);
  expect(['sw', 'Swahili', 'Klingon', ''].map(nameOfLanguage)).toEqual(['Swahili', 'Swahili', 'Klingon', null]);
});

it('another set has its own languages; those that it shares with the last one stay chosen', () => {
  const set = (languages: Record<string, number>): QuestionSet => ({
    ...{ id: 's', name: 's', questions: [], problems: [], languages, columns: [], mapping: { question: 'q', gold: 'g' }, example: {} },
  });
  adoptSet(set({ de: 9, sw: 9, th: 9, zh: 9, fr: 9, es: 9 }));
  expect(evaluationStore.getState().chosen.languages).toEqual(['de', 'sw', 'th', 'zh', 'fr']);
  choose({ languages: ['sw', 'es'] });
  adoptSet(set({ sw: 3, yo: 3 }));
  expect(evaluationStore.getState().chosen.languages).toEqual(['sw']);
  adoptSet(set({ '': 3 }));
  expect(evaluationStore.getState().chosen.languages).toEqual(['']);
});

it('choices of an earlier visit come back where they are good', () => {
  const { chosen, figure } = freshEvaluation;
  const kept = { chosen: { ...chosen, samples: 4, sampling: { ...chosen.sampling, temperature: 0.8 } }, opened: '7', figure };
  expect(recalledEvaluation(kept)).toMatchObject({ opened: '7', chosen: { samples: 4, languages: [] } });
  expect(recalledEvaluation({ ...kept, chosen: { ...kept.chosen, samples: 0 } }).chosen).toBeUndefined();
  expect(recalledEvaluation({ ...kept, figure: 'gone' as typeof figure }).figure).toBe('avg');
});
