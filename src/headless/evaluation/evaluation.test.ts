/** Question files, what is right about a reply, and figures by language; the verb itself is in e2e/parity/headless-eval.gpu.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { readQuestions } from './question-file.ts';
import { type Judged, report, table } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'questions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('a file of questions', () => {
  it('is one object a line, with names or codes of languages and any of the usual keys', () => {
    const lines = [
      { question: 'Was ist 2+2?', language: 'German', answer: 4, level: 'easy' },
      { user: 'Hi', reasoning_language: 'fr', answer_language: 'es', gold: 'Salut.' },
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hm?' },
        ],
        reasoning_language: null,
        answer: null,
      },
      { question: 'Q', language: 'Klingon', reasoning_language: 'Klingon' },
    ];
    const path = write('own.jsonl', `\uFEFF${lines.map((line) => JSON.stringify(line)).join('\r\n\r\n')}\n`);
    expect(readQuestions(path)).toEqual([
      { row: 1, messages: [{ role: 'user', content: 'Was ist 2+2?' }], language: 'de', reasoning_language: null, gold: '4' },
      {
        row: 3,
        messages: [{ role: 'user', content: 'Hi' }],
        language: null,
        reasoning_language: 'French',
        answer_language: 'Spanish',
        gold: 'Salut.',
      },
      { row: 5, messages: lines[2]!.messages, language: null, reasoning_language: null, gold: null },
      { row: 7, messages: [{ role: 'user', content: 'Q' }], language: 'Klingon', reasoning_language: 'Klingon', gold: null },
    ]);
    const list = write('list.json', JSON.stringify(lines));
    expect(readQuestions(list).map(({ row }) => row)).toEqual([1, 2, 3, 4]);
  });

  it('tells every row that is wrong in one sentence', () => {
    const rows = [
      '{"question": "Q"',
      '7',
      '{"language": "de"}',
      '{"question": ""}',
      '{"messages": [{"role": "bot", "content": "x"}]}',
      '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}',
      '{"question": "Q", "gold": ["4"]}',
    ];
    expect(() => readQuestions(write('wrong.jsonl', rows.join('\n')))).toThrow(
      new RegExp(
        [
          /wrong\.jsonl cannot be used: row 1 is not valid JSON .*; row 2 is not an object; row 3 has neither "question" nor "messages"; /,
          /row 4: question is not a text; row 5: messages\[0\]\.role is "bot" .*; row 6: messages end with a reply.*; row 7: gold is not a text\. Give/,
        ]
          .map(({ source }) => source)
          .join(''),
      ),
    );
    for (const empty of ['', '\n', '[]']) expect(() => readQuestions(write('empty.jsonl', empty))).toThrow('it has no rows');
  });
});

describe('a reply', () => {
  const reply = (content: string, thinking = '', stop: 'eos' | 'length' = 'eos') => ({ thinking, content, stop });
  const right = async (gold: string | null, content: string, stop?: 'length') =>
    (await judge({ reasoning_language: null, gold }, reply(content, '', stop))).right;

  it.each([
    ['Paris', ' paris. ', true],
    ['París', 'Pari\u0301s', true],
    ['París', 'Paris', false],
    ['4', 'Das ist \\boxed{5}, nein: \\boxed{ 4 }.', true],
    ['\\boxed{4}', '4', true],
    ['4', 'Das ist 4.', false],
    [null, 'Paris', null],
  ])('to what is %s: %s is right: %s', async (gold, content, expected) => {
    expect(await right(gold, content)).toBe(expected);
  });

  it('that was cut off is not right', async () => {
    expect(await right('4', '4', 'length')).toBe(false);
  });

  it('is judged by the language asked for, where one was', async () => {
    const thought = reply('Ja.', 'Das Wetter ist heute schön. Ich gehe morgen in die Stadt.');
    const adherence = async (reasoning_language: string | null) => (await judge({ reasoning_language, gold: null }, thought)).adherence;
    expect([await adherence('German'), await adherence('French'), await adherence(null), await adherence('Klingon')]).toEqual([
      1,
      0,
      null,
      null,
    ]);
  });
});

it('figures stand by language of question and reasoning, with what was not judged left out', () => {
  const one = (language: string | null, reasoning_language: string | null, rest: Partial<Judged>): Judged => ({
    question: { language, reasoning_language },
    ended: true,
    adherence: null,
    right: null,
    tokens: 10,
    ...rest,
  });
  const figures = report([
    one('de', 'German', { adherence: 1, right: true }),
    one('de', 'German', { adherence: 0.5, right: false, tokens: 20, ended: false }),
    one('de', 'German', { adherence: null, right: null }),
    one(null, 'French', { adherence: 0 }),
    one(null, null, {}),
  ]);
  expect(Object.keys(figures.languages)).toEqual(['de > German', 'French', 'none']);
  expect(figures.languages['de > German']).toEqual({ n: 3, ended: 2 / 3, adherence: 0.75, accuracy: 0.5, tokens: 40 / 3 });
  expect(figures.languages.none).toEqual({ n: 1, ended: 1, adherence: null, accuracy: null, tokens: 10 });
  expect(figures.all).toMatchObject({ n: 5, adherence: 0.5, accuracy: 0.5, tokens: 12 });
  const lines = table('Title', figures).split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[2]!.split(/\s{2,}/)).toEqual(['de > German', '3', '66.7', '75.0', '50.0', '13.3']);
  expect(lines[4]!.split(/\s{2,}/)).toEqual(['none', '1', '100.0', '-', '-', '10.0']);
});

it('answers have figures of their own where a language was asked for them', async () => {
  const question = { language: 'de', reasoning_language: 'German', answer_language: 'French', gold: null };
  const thinking = 'Ich zähle zwei und zwei zusammen.';
  const verdicts = await Promise.all(
    ['Il reste quatre pommes.', 'Four apples are left.', '4'].map((content) => judge(question, { thinking, content, stop: 'eos' })),
  );
  expect(verdicts.map(({ adherence, answer_adherence }) => [adherence, answer_adherence])).toEqual([
    [1, 1],
    [1, 0],
    [1, null],
  ]);
  const figures = report(verdicts.map((verdict) => ({ question, tokens: 1, ...verdict })));
  expect(figures.languages).toEqual({ 'de > German > French': expect.objectContaining({ n: 3, adherence: 1, answer_adherence: 0.5 }) });
  const [, head, row] = table('Title', figures).split('\n');
  expect(head!.trim().split(/\s+/)).toEqual(['n', 'ended', 'adherence', 'answers', 'accuracy', 'tokens']);
  expect(row!.split(/\s{2,}/)).toEqual(['de > German > French', '3', '100.0', '100.0', '50.0', '-', '1.0']);
});

it('what cannot be judged is told with its reason below the table', async () => {
  const question = { language: 'en', reasoning_language: 'Klingon', gold: null };
  const verdict = await judge(question, { thinking: 'nuqneH, jup', content: '', stop: 'eos' });
  expect(verdict).toMatchObject({ adherence: null, unjudged: 'unknown' });
  const figures = report([{ question, tokens: 1, ...verdict }]);
  expect(figures.all.unjudged).toEqual({ unknown: 1 });
  expect(table('Title', figures).split('\n').at(-1)).toBe(
    'en > Klingon: language of 1 replies cannot be judged: not among the languages we can tell apart',
  );
});

it('a thought in a language that only the other questions name is told from the one asked for', async () => {
  const thought = 'Kwanza tunajumlisha namba mbili. Kwa hiyo jibu ni ishirini na nne.';
  const asked = (language: string) =>
    judge({ reasoning_language: language, gold: null }, { thinking: thought, content: '', stop: 'eos' }, ['sw']);
  expect([(await asked('Zulu')).adherence, (await asked('Swahili')).adherence]).toEqual([0, 1]);
});
