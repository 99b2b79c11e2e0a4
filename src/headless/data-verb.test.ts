/** The verb `data`: rows as the page's Data place has them, problems sentence for sentence, columns by hand, and one sentence where nothing can be read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Runner } from './runner.ts';
import { data } from './verbs/data.ts';

const folder = mkdtempSync(join(tmpdir(), 'data-verb-'));
afterAll(() => rmSync(folder, { recursive: true }));

const printed: string[] = [];
const runner: Runner = {
  gpu: () => Promise.reject(new Error('This verb needs no GPU.')),
  print: (text) => printed.push(text),
  note: () => {},
  signal: new AbortController().signal,
};
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
async function run(...argv: string[]) {
  await data(argv, runner);
  return JSON.parse(printed.pop()!);
}

const MODEL = 'public/models/mini';
const question = (text: string) => ({ reasoning_language: 'German', user: text, analysis: 'Zwei plus zwei ist vier.', final: 'Es ist 4.' });
const lines = [question('Was ist 2+2?'), { ...question(''), final: '' }, question('wieviel '.repeat(1500))].map((row) =>
  JSON.stringify(row),
);

it('says of every row what it is, how long it is and whether it trains', async () => {
  const file = write('three.jsonl', lines.join('\n'));
  const without = await run('--dataset', file);
  expect(without).toMatchObject({ format: 'jsonl', layout: 'multilingual-thinking', counts: { rows: 3, used: 2, left_out: 1, cut: 0 } });
  expect(without.rows[0]).toEqual({
    row: 1,
    messages: [
      { role: 'user', content: 'Was ist 2+2?' },
      { role: 'assistant', thinking: 'Zwei plus zwei ist vier.', content: 'Es ist 4.' },
    ],
    language: 'German',
    trains: true,
  });
  expect(without.rows[1]).toEqual({ row: 2, messages: [], trains: false });
  expect(without.problems[0]).toEqual({ row: 2, text: 'Row 2 has no question (column "user"); it will not be trained.' });

  const counted = await run('--dataset', file, '--model', MODEL);
  const [first, , long] = counted.rows;
  expect(first.tokens).toBeGreaterThan(first.trained_tokens);
  expect(first).toMatchObject({ cut: 0, trains: true });
  expect(long.cut).toBe(long.tokens - 1024);
  expect(long).toMatchObject({ trained_tokens: 0, trains: false });
  expect(counted.counts).toEqual({ rows: 3, used: 1, left_out: 2, cut: 1 });
  expect(counted.problems.map(({ row }: { row: number }) => row)).toEqual([2, 2, 3, 3]);
  const whole = await run('--dataset', file, '--model', MODEL, '--template', 'hf');
  expect(whole.rows[0].trained_tokens).toBe(whole.rows[0].tokens - 1); // the first token is never predicted
});

it('takes columns by hand, and says when it does not know them', async () => {
  const file = write('foreign.csv', 'frage,lösung\nWas ist 1+1?,2\n');
  const unknown = await run('--dataset', file);
  expect(unknown).toMatchObject({ layout: 'unknown', counts: { used: 0 } });
  expect(unknown.problems[0]).toMatchObject({ row: null, text: /"frage", "lösung".*--map/ });
  const mapped = await run('--dataset', file, '--map', write('map.json', '{"user": "frage", "content": "lösung"}'));
  expect(mapped).toMatchObject({ layout: 'mapped', counts: { used: 1 } });
  expect(await run('--dataset', file, '--map', write('old.json', '{"user": "frage", "final": "lösung"}'))).toEqual(mapped);
  await expect(run('--dataset', file, '--map', write('wrong.json', '{"user": "frage", "answer": "lösung"}'))).rejects.toThrow(
    /wrong\.json is no mapping of columns: answer is none of .*; content is missing\./,
  );
  await expect(run('--dataset', file, '--map', write('other.json', '{"user": "frage", "content": "x"}'))).rejects.toThrow(/no column "x"/);
});

it('says what the template leaves out, with a model and without', async () => {
  const turn = [question('Was ist 2+2?'), question('Und 3+3?')].flatMap(({ user, analysis, final }) => [
    { role: 'user', content: user },
    { role: 'assistant', content: final, thinking: analysis },
  ]);
  const file = write('turns.jsonl', JSON.stringify({ messages: turn }));
  for (const model of [[], ['--model', MODEL]])
    for (const [template, said] of [
      ['hf', 1],
      ['trl', 1],
      ['prefix-preserving', 0],
    ] as const) {
      const { problems } = await run('--dataset', file, '--template', template, ...model);
      expect(problems.filter(({ text }: { text: string }) => /reasoning.*prefix-preserving.* trains it/.test(text))).toHaveLength(said);
    }
});

it('prints tool arguments as they go into the template', async () => {
  const call = { function: { name: 'look', arguments: '{"x": 1.0, "n": 9007199254740993}' } };
  const file = write(
    'call.jsonl',
    JSON.stringify({
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', tool_calls: [call] },
      ],
    }),
  );
  await data(['--dataset', file], runner);
  expect(printed.pop()).toMatch(/"arguments": \{\s+"x": 1\.0,\s+"n": 9007199254740993\s+\}\s+\}/);
});

it('refuses in one sentence what cannot be read', async () => {
  await expect(run('--dataset', write('empty.jsonl', ''))).rejects.toThrow(/^empty\.jsonl is empty; use JSONL/);
  await expect(run('--dataset', join(folder, 'none.jsonl'))).rejects.toThrow(/none\.jsonl cannot be read/);
  await expect(run('--dataset', write('one.jsonl', lines[0]!), '--model', 'model.Q4_0.gguf')).rejects.toThrow(/GGUF.*folder/);
});

it('writes to --out', async () => {
  await data(['--dataset', write('one.jsonl', lines[0]!), '--out', join(folder, 'out.json')], runner);
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).counts.rows).toBe(1);
});
