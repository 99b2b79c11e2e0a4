/** Datasets with far too much of something: one clear sentence or smooth work, and no stack overflow anywhere. */
import { expect, it } from 'vitest';
import { readDataset } from './dataset.ts';
import { MAX_LANGUAGES } from './survey.ts';

const lines = (count: number, row: (i: number) => unknown) =>
  new Blob([Array.from({ length: count }, (_, i) => JSON.stringify(row(i))).join('\n')]);
const good = { question: 'Q?', reasoning: 'Hm.', answer: 'A.' };

/** What reading gives within a second, apart from making the file. */
async function quick(file: Blob, name: string) {
  const started = performance.now();
  const outcome = await readDataset(file, name).catch((error: Error) => `${error.name}: ${error.message}`);
  expect(performance.now() - started).toBeLessThan(5000); // a second where nothing else runs
  return outcome;
}

it.each([
  ['a CSV header', new Blob([`${Array.from({ length: 20_000 }, (_, i) => `c${i}`).join(',')}\n1\n`]), 'x.csv'],
  ['a JSON row', lines(1, () => Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`c${i}`, i]))), 'x.jsonl'],
  [
    'rows that have other columns each',
    lines(100, (i) => Object.fromEntries(Array.from({ length: 200 }, (_, c) => [`${i}.${c}`, 1]))),
    'x.jsonl',
  ],
  [
    'a table on its side',
    new Blob([JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`c${i}`, [1, 2]])))]),
    'x.json',
  ],
])('20,000 columns are refused: %s', async (_, file, name) => {
  expect(await quick(file, name)).toMatch(/^DatasetError: x\.\w+ has 20000 columns, more than 10000; keep those that train\.$/);
});

it('of 30,000 languages the most frequent are listed, and it is said', async () => {
  const language = (i: number) => (i < 1000 ? 'German' : `Speech of valley ${i}`);
  const dataset = await quick(
    lines(31_000, (i) => ({ ...good, reasoning_language: language(i) })),
    'x.jsonl',
  );
  if (typeof dataset === 'string') throw new Error(dataset);
  const { languages, problems } = dataset.summary();
  expect(Object.keys(languages)).toHaveLength(MAX_LANGUAGES);
  expect(languages.German).toBe(1000);
  expect(
    problems.filter(({ message }) => /^Row 1500 has language 501 of 30001; the 500 with the most rows are listed/.test(message)),
  ).toHaveLength(1);
  expect(problems.length).toBeLessThan(600);
});

it('a text of megabytes is no language, and findings about it are short', async () => {
  const long = 'x'.repeat(2_000_000);
  const dataset = await quick(
    lines(5, () => ({ ...good, reasoning_language: long, [long]: ['a', 'b'], system: [long, long] })),
    'x.jsonl',
  );
  if (typeof dataset === 'string') throw new Error(dataset);
  expect(dataset.summary().problems.every(({ message }) => message.length < 700)).toBe(true);
  const asked = await quick(
    lines(5, () => ({ messages: [{ role: 'system', content: `reasoning language: ${long}` }] })),
    'x.jsonl',
  );
  if (typeof asked === 'string') throw new Error(asked);
  expect(Object.keys(asked.summary().languages).every((name) => name.length <= 60)).toBe(true);
});

it('100,000 messages in a row, and 100,000 levels, overflow nothing', async () => {
  const turn = [
    { role: 'user', content: 'Q?' },
    { role: 'assistant', content: 'A.', thinking: 'Hm.' },
  ];
  const dataset = await quick(
    lines(1, () => ({ messages: Array.from({ length: 50_000 }, () => turn).flat() })),
    'x.jsonl',
  );
  if (typeof dataset === 'string') throw new Error(dataset);
  expect((await dataset.conversation(0))!.messages).toHaveLength(100_000);
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
    for (const text of [
      `{"question":${open.repeat(100_000)}1${close.repeat(100_000)}}`,
      open.repeat(100_000),
      `{"a":"${open.replace('"a":', '').repeat(100_000)}"}`,
    ])
      for (const name of ['x.json', 'x.jsonl', 'x.csv', 'x.parquet']) await quick(new Blob([text]), name);
});
