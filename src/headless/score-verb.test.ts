/** The verb `score` on answers whose figures were counted by an independent program (e2e/fixtures/evaluation), in any order, and on lines that cannot be used. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { passAt } from '../engine/evaluate/statistics.ts';
import { score } from './verbs/score.ts';

const fixtures = join(import.meta.dirname, '../../e2e/fixtures/evaluation');
const folder = mkdtempSync(join(tmpdir(), 'score-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Figures = Record<string, unknown>;
interface Scores {
  questions: Record<string, Figures>;
  languages: Record<string, Figures & { low: Figures; high: Figures }>;
  all: Figures & { low: Figures; high: Figures };
  against?: { all: Figures; languages: Record<string, Figures>; unpaired: number };
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const run = async (samples: string, ...more: string[]): Promise<Scores> => {
  const out = join(folder, 'out.json');
  await score(['--samples', samples, '--out', out, ...more], { print: () => {} });
  return JSON.parse(readFileSync(out, 'utf8')) as Scores;
};

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Scores & {
  table: { n: number; c: number; k: number; pass_at_k: number | null }[];
};
const samples = readFileSync(join(fixtures, 'samples.jsonl'), 'utf8');

it('counts passes, votes and format as they should be, whatever the order of the lines', async () => {
  const straight = await run(file('samples.jsonl', samples), '--k', '1,2,4,8');
  expect(straight.questions).toEqual(close(expected.questions));
  for (const [name, figures] of Object.entries(expected.languages))
    expect(straight.languages[name]).toMatchObject(close(figures) as object);
  const shuffled = samples.trim().split('\n').reverse();
  shuffled.unshift(...shuffled.splice(11));
  expect(await run(file('shuffled.jsonl', shuffled.join('\r\n')), '--k', '1,2,4,8')).toEqual(straight);
  const { de, fr } = straight.languages;
  for (const group of [de!, fr!, straight.all]) {
    expect(group.low.avg).toBeLessThanOrEqual(group.avg as number);
    expect(group.high.avg).toBeGreaterThanOrEqual(group.avg as number);
    expect((group.parsed as number) * (group.accuracy_given_parsed as number)).toBeCloseTo(group.avg as number, 12);
  }
  expect(straight.all.pass_at).toMatchObject({ 4: null });
});

/** Doubles of another order of operations. */
const close = (value: unknown): unknown => {
  if (typeof value === 'number') return expect.closeTo(value, 9);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, close(one)]));
};

it.each(expected.table.map((row) => [row.n, row.c, row.k, row.pass_at_k] as const))('pass@k of n %d, c %d, k %d is %s', (n, c, k, pass) => {
  if (pass === null) expect(passAt(n, c, k)).toBeNull();
  else expect(passAt(n, c, k)).toBeCloseTo(pass, 9);
});

it('judges what no other judge has, by the language of the row', async () => {
  const rows = [
    { language: 'de', question: 'a', gold: '7,5', sample: 0, answer: 'Die Antwort ist 7,50.' },
    { language: 'de', question: 'a', gold: '7,5', sample: 1, completion: '<think>7.5</think>\n\\boxed{15/2}' },
    { language: 'de', question: 'a', gold: '7,5', sample: 2, completion: '<think>Hm' },
    {
      language: 'de',
      question: 'b',
      gold: 12,
      sample: 0,
      answer: '12',
      reasoning: 'Ich rechne das im Kopf aus.',
      reasoning_language: 'German',
    },
    { language: 'de', question: 'c', gold: null, sample: 0, answer: 'Hallo.' },
  ];
  const { questions, all } = await run(file('own.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')));
  expect(questions['de/a']).toMatchObject({ n: 3, c: 2, maj: 1, parsed: close(2 / 3), accuracy_given_parsed: 1 });
  expect(questions['de/b']).toMatchObject({ c: 1, thought: { share: 1, lines: 1, words: 1 } });
  expect(questions['de/c']).toMatchObject({ c: null, avg: null, parsed: null });
  expect(all).toMatchObject({ questions: 2, unscored: 1 });
});

it('compares two files question by question', async () => {
  const row = (question: number, right: boolean) => JSON.stringify({ language: 'sw', question, gold: '1', answer: '1', right });
  const lines = (rights: readonly boolean[]) => rights.map((right, i) => row(i, right)).join('\n');
  const first = file('first.jsonl', lines([true, true, true, true, true, false, true]));
  const second = file('second.jsonl', lines([false, false, false, false, true, true]));
  const { against } = await run(first, '--against', second);
  expect(against!.all).toMatchObject({ questions: 6, better: 4, worse: 1, equal: 1, difference: 0.5, p: 0.375 });
  expect(against!.unpaired).toBe(1);
  const other = file('other.jsonl', JSON.stringify({ language: 'de', question: 0, gold: '1', answer: '1' }));
  await expect(run(first, '--against', other)).rejects.toThrow(/other\.jsonl has no question of .*first\.jsonl that both score/);
});

it('names every line that cannot be used', async () => {
  const rows = [
    '{"language": "de", "question": "a", "gold": "1", "sample": 0, "answer": "1"}',
    '{"language": "de"',
    '7',
    '{"question": "a", "gold": "1", "answer": "1"}',
    '{"language": "de", "question": {"id": 1}, "gold": "1", "answer": "1"}',
    '{"language": "de", "question": "b", "gold": "1"}',
    '{"language": "de", "question": "c", "gold": "1", "answer": "1", "right": "yes"}',
    '',
    '{"language": "de", "question": "a", "gold": "2", "sample": 1, "answer": "1"}',
    '{"language": "de", "question": "a", "gold": "1", "sample": 0, "answer": "3"}',
  ];
  await expect(run(file('bad.jsonl', rows.join('\n')))).rejects.toThrow(
    new RegExp(
      [
        /bad\.jsonl cannot be scored: line 2 is not valid JSON .*; line 3 is no JSON object; line 4 has no language; /,
        /line 5 has question \{"id":1\}, which is no text; line 6 has neither answer nor completion.*; line 7 has right "yes", /,
        /which is neither true nor false; line 9 has another gold for de\/a \("2"\) than line 1 \("1"\); /,
        /line 10 repeats sample 0 of de\/a \(line 1\)\. Mend these lines, or take them out\.$/,
      ]
        .map(({ source }) => source)
        .join(''),
    ),
  );
  await expect(run(file('empty.jsonl', '\n'))).rejects.toThrow('empty.jsonl cannot be scored: it has no rows.');
  await expect(run(file('k.jsonl', rows[0]!), '--k', '0')).rejects.toThrow('--k is "0" and must be whole numbers');
});
