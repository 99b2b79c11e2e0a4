import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { firstOfEach, isRight, judge, languageByWords, type Question, readHeldOut, type Verdict, wordOwners } from './questions.ts';
import { criteria, type Judged, report, table } from './report.ts';

const held = readHeldOut(fileURLToPath(new URL('../../public/datasets/mini', import.meta.url)));
const owners = wordOwners(held);
const question = (changes: Partial<Question> = {}): Question => ({ ...held.questions[0]!, ...changes });

describe('the held-out questions', () => {
  it('judge their own expected answers as right and in the language asked for', async () => {
    for (const q of firstOfEach(held.questions, 120) as (Question & { analysis: string })[]) {
      const { asked, spoken, right } = await judge(q, { thinking: q.analysis, content: q.final, stop: 'eos' }, owners);
      expect({ spoken, right }, q.user).toEqual({ spoken: asked, right: true });
    }
  });

  it('are at least 100 a language, and a limit takes of all sets and languages', () => {
    const same = held.questions.filter(({ set }) => set === 'same');
    for (const language of ['en', 'es', 'fr', 'it', 'de'])
      expect(same.filter((q) => q.reasoning_language === language).length).toBeGreaterThanOrEqual(100);
    const some = firstOfEach(held.questions, 30);
    expect(new Set(some).size).toBe(30);
    expect(new Set(some.map((q) => `${q.set} ${q.question_language} ${q.reasoning_language}`)).size).toBe(30);
    expect(firstOfEach(held.questions, 5000)).toEqual(held.questions);
  });
});

describe('languageByWords', () => {
  it('needs four fifths of the words that one language alone has', () => {
    expect(languageByWords('Die Frage ist auf Deutsch.', owners)).toBe('de');
    expect(languageByWords('The question is in English. La domanda è in italiano, quindi rispondo in italiano.', owners)).toBeNull();
    expect(languageByWords('10+20=30.', owners)).toBeNull();
  });
});

describe('isRight', () => {
  const reply = (content: string, ended = true) => ({ thinking: '', content, stop: ended ? ('eos' as const) : ('length' as const) });
  it('compares boxed numbers', () => {
    const sum = question({ topic: 'arithmetic', final: 'The result is \\boxed{62}.' });
    expect(isRight(sum, reply('Es \\boxed{ 62 } naranjas'))).toBe(true);
    expect(isRight(sum, reply('The result is \\boxed{63}.'))).toBe(false);
    expect(isRight(sum, reply('The result is 62.'))).toBe(false);
    expect(isRight(sum, reply('The result is \\boxed{62}.', false))).toBe(false);
  });
  it('compares whole sentences, case and spaces aside', () => {
    const capital = question({ topic: 'geography', final: 'La capital de Francia es París.' });
    expect(isRight(capital, reply(' la capital  de Francia es París'))).toBe(true);
    expect(isRight(capital, reply('La capital de Francia es Paris.'))).toBe(false);
  });
});

describe('report', () => {
  const verdict = (changes: Partial<Verdict>): Verdict => ({ asked: 'de', spoken: 'de', share: 1, right: true, ended: true, ...changes });
  const judged = (set: Question['set'], language: string | null, v: Partial<Verdict>, held_out: string[] = []): Judged => ({
    question: question({ set, reasoning_language: language, question_language: 'es', held_out, topic: 'geography' }),
    verdict: verdict({ asked: language ?? 'en', ...v }),
  });
  const before = report([
    judged('same', 'de', { spoken: 'en', share: 0 }),
    judged('mixed', 'de', { spoken: 'en', share: null }),
    judged('none', null, { spoken: 'en' }),
  ]);
  const after = report([
    judged('same', 'de', {}),
    judged('same', 'de', { spoken: null, share: 0.5, right: false }),
    judged('mixed', 'fr', { spoken: 'fr' }, ['language pair']),
    judged('none', null, { spoken: 'es' }),
  ]);

  it('counts by set and language', () => {
    expect(after['same de']).toEqual({ n: 2, asked: 50, asked_app: 75, english: 0, right: 50, ended: 100 });
    expect(after['mixed held-out pairs']).toMatchObject({ n: 1, asked: 100 });
    expect(after['none es']).toMatchObject({ n: 1, asked: 0 });
    expect(Object.keys(after)).toEqual([
      'same de',
      'same all',
      'mixed fr',
      'mixed held-out pairs',
      'mixed all',
      'none es',
      'none all',
      'all geography',
      'all all',
    ]);
    expect(table('After', after).split('\n')).toHaveLength(2 + Object.keys(after).length);
  });

  it('says which of our figures are reached', () => {
    expect(criteria(before, null).map(({ reached }) => reached)).toEqual([true, true]);
    const found = criteria(before, after).map(({ text, value, reached }) => [text.slice(0, 30), value, reached]);
    expect(found).toEqual([
      ['before: reasoning in English, ', 100, true],
      ['before: answers right >= 90 %', 100, true],
      ['after: reasoning in de, questi', 50, false],
      ['after: reasoning in the langua', 100, true],
      ['after: English kept where no l', 0, false],
      ['after: answers worse by at mos', 25, false],
    ]);
  });
});
