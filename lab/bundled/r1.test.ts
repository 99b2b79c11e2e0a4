/** What the stages of the recipe r1 take and hand on, and what its end is held to; the bundled student stays small and opens as the bundled model does. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openText } from '../../src/engine/chat/open-text.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { R1_STAGES } from '../../src/protocol/stages-r1.ts';
import { figuresOf, r1Criteria } from './r1.ts';
import { answeredBy, type Row, rowsOf, type Sources, withoutThoughts } from './r1-rows.ts';
import { recommended } from './recommended.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
const dataset = readFileSync(folder('datasets/mini/train.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const data = (stage: number) => R1_STAGES[stage - 1]!.data;
const sources = (seed: number, kept: readonly Row[] = []): Sources => ({ dataset, data, kept: () => kept, seed });
const free = (rows: readonly Row[]): number => rows.filter(({ reasoning_language }) => reasoning_language === null).length;

it('starts cold on 64 rows of all languages, and asks the others for answers alone', () => {
  const [cold, asked, sampled] = [2, 3, 4].map((stage) => rowsOf(data(stage), sources(1)));
  expect([cold!.length, sampled!.length, new Set([...cold!, ...sampled!]).size]).toEqual([64, 536, 600]);
  expect(new Set(cold!.map(({ reasoning_language }) => reasoning_language)).size).toBe(6);
  expect(asked!.filter((row) => cold!.includes(row))).toEqual([]);
  // Where fewer ask for no language, no answer is in English after a while, and nothing can prefer it.
  expect(Math.abs(free(asked!) / asked!.length - 1 / 3)).toBeLessThan(0.02);
  expect(rowsOf(data(2), sources(1))).toEqual(cold);
  expect(rowsOf(data(2), sources(2))).not.toEqual(cold);
});

it('learns in the end from kept traces that ask for a language, and from general rows that no stage before learned from', () => {
  const kept = dataset.slice(0, 100).map((row) => answeredBy(row, 'a thought', 'an answer'));
  const rows = rowsOf(data(5), sources(1, kept));
  const own = rows.filter((row) => kept.includes(row));
  expect(own).toEqual(kept.filter(({ reasoning_language }) => reasoning_language !== null));
  expect(free(rows)).toBe(rows.length - own.length);
  expect(rows.length).toBe(own.length + 54);
  expect(rowsOf(data(6), sources(1, kept))).toEqual(rows);
});

it('puts an answer in place of the row’s own, and takes thoughts away', () => {
  const [row] = dataset;
  const made = answeredBy(row!, 'Denken.', 'Antwort.');
  expect(made.messages).toEqual([...row!.messages.slice(0, 2), { role: 'assistant', thinking: 'Denken.', content: 'Antwort.' }]);
  expect(Object.keys(made)).toEqual(['reasoning_language', 'messages']); // columns of the row would say what the model did not
  expect(withoutThoughts([row!])[0]!.messages.map((message) => Object.keys(message))).toEqual(Array(3).fill(['role', 'content']));
});

it('counts the language over all questions that ask for one, and holds the end to its figures', () => {
  const stats = (n: number, asked: number, right = 100) => ({ n, asked, asked_app: 0, english: 0, right, ended: 100 });
  const figures = figuresOf({
    'same all': stats(60, 100),
    'mixed all': stats(20, 90),
    'none all': stats(10, 96),
    'all all': stats(90, 98, 99),
  });
  expect(figures).toEqual({ asked: 97.5, right: 99, english: 96 });
  const reached = r1Criteria(figures, { asked: 95, right: 92.9, english: 0 }, { asked: 0, right: 60, english: 0 });
  expect(reached.map((criterion) => criterion.reached)).toEqual([false, true, true, true, false, true]);
});

it('has a student of at most 1.5 MB that reads as the bundled model does and recommends a run', async () => {
  const [big, small] = ['models/mini', 'models/mini-student'].map(folder);
  expect(readdirSync(small!).sort()).toEqual(readdirSync(big!).sort());
  expect(statSync(`${small}/model.safetensors`).size).toBeLessThanOrEqual(1_500_000);
  for (const name of ['tokenizer.json', 'chat_template.jinja'])
    expect(readFileSync(`${small}/${name}`)).toEqual(readFileSync(`${big}/${name}`));
  expect((await openText(nodeDirectory(small!))).tokenizer.size).toBe((await openText(nodeDirectory(big!))).tokenizer.size);
  expect(recommended(small!, '2026-11-22').settings.max_steps).toBe(150);
});
