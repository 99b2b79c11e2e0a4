/**
 * Rewards that run programs of others, in real threads: Python programs and users' own JavaScript of rewards/cases, with every way out that was tried. The
 * thread's program is built as for the runner, because Node runs no TypeScript.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseRewards } from '../engine/rewards/choose.ts';
import { readRow } from '../engine/rewards/read-row.ts';
import type { Sample } from '../engine/rewards/reward.ts';
import { RewardRunner, type RewardThreads } from '../engine/rewards/score.ts';
import type { Verdict } from '../protocol/rewards.ts';
import { nodeRewardThreads } from './reward-threads.ts';
import { rewards } from './verbs/rewards.ts';

const root = join(import.meta.dirname, '../..');
// Inside the project, so that packages are found.
const folder = mkdtempSync(join(root, 'node_modules/.reward-thread-'));
let threads: RewardThreads;

beforeAll(async () => {
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: 'src/headless/reward-thread.ts', outDir: folder, emptyOutDir: false, copyPublicDir: false, target: 'es2023' },
  });
  threads = nodeRewardThreads(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Case extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly expected: unknown;
}

const cases = (file: string): Case[] =>
  readFileSync(join(root, `src/engine/rewards/cases/${file}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);

function sampleOf(raw: unknown): Sample {
  const read = readRow(raw);
  if (!('sample' in read)) throw new Error(read.problem);
  return read.sample;
}

async function scored(name: string, samples: readonly Sample[], settings: object): Promise<Verdict[]> {
  const runner = new RewardRunner(threads);
  try {
    const rows = await runner.score(samples, chooseRewards([name], { [name]: settings }), { max_completion_length: null });
    return rows.map(([verdict]) => verdict!);
  } finally {
    runner.close();
  }
}

describe('code', () => {
  it.each(['code', 'sandbox'])('%s.jsonl, one after another', async (file) => {
    const programs = cases(file);
    const verdicts = await scored('code', programs.map(sampleOf), { timeout_s: 2 });
    const shown = (values: readonly unknown[]) => programs.map(({ name, expected }, at) => [name, expected === null ? null : values[at]]);
    expect(shown(verdicts.map(({ value }) => value))).toEqual(shown(programs.map(({ expected }) => expected)));
    expect(verdicts.every(({ why }) => why.endsWith('.'))).toBe(true);
  });

  it('a program that is ended costs its own time-out and no more', async () => {
    const [endless, good] = [cases('code').find(({ name }) => name === 'never_ends_in_c')!, cases('code')[0]!].map(sampleOf);
    await scored('code', [good!], {}); // whatever is read once
    const start = performance.now();
    const verdicts = await scored('code', [endless!, good!], { timeout_s: 1 });
    expect(verdicts.map(({ value, why }) => [value, why])).toEqual([
      [0, 'It did not end within 1 s.'],
      [1, 'It passes all 3 tests.'],
    ]);
    expect(performance.now() - start).toBeLessThan(60_000); // two starts of an interpreter among them, on a busy machine
  });

  it('is null where no code is asked for', async () => {
    expect(await scored('code', [sampleOf({ completion: 'Paris.' })], {})).toMatchObject([{ value: null }]);
  });
});

const own = cases('own');
const rows = cases('own-rows').map(sampleOf);

describe('own', () => {
  it.each(own.filter(({ expected }) => Array.isArray(expected)))('$name', async ({ source, expected }) => {
    const before = structuredClone(rows);
    const verdicts = await scored('own', rows, { source, timeout_s: 1 });
    expect(verdicts.map(({ value }) => value)).toEqual(expected);
    expect(verdicts.some(({ value }) => Object.is(value, -0))).toBe(false);
    for (const [at, { value, why }] of verdicts.entries()) if (value === null) expect(why).toMatch(new RegExp(`^Row ${at + 1}: .+\\.$`));
    expect(rows).toEqual(before);
  });

  it('random numbers and the clock are the same every time', async () => {
    const source = '(completion, row) => Math.random() + Date.now() + new Date().getTime()';
    const once = await scored('own', rows, { source });
    expect(await scored('own', rows, { source })).toEqual(once);
    expect(once[0]!.value).toBeGreaterThan(0);
  });

  it.each([
    ['(completion, row) => { return 1 ', /cannot be used. It cannot be read: SyntaxError in line 1, column \d+/],
    ['(completion,\n row) => {\n  retrun 1; }', /SyntaxError in line 3, column \d+/],
    ['1 + 1', /It is no function but a value of type number/],
    ['', /It is no function/],
    ['import "https://example.invalid/x.js"; () => 1', /SyntaxError|ReferenceError|cannot be read/],
  ])('%j is refused before a run', async (source, sentence) => {
    await expect(scored('own', rows, { source })).rejects.toThrow(sentence);
  });

  it.each([
    ['(completion, row) => 1;', 1],
    ['function reward(completion, row) {\n  return completion.length; // characters\n}', 4],
    ['function (completion) { return 1; }', 1],
    ['const half = (n) => n / 2;\n(completion) => half(completion.length)', 2],
    ['(completion, row) => Number(row.answer)', 4],
    ['(completion, row) => null', null],
    ['(completion, row) => 2n', null],
    ['(completion, row) => ({ valueOf: () => 1 })', null],
    ['(completion, row) => { throw { toString() { for (;;); } }; }', null],
    [
      '(completion, row) => typeof fetch + typeof WebSocket + typeof postMessage + typeof process + typeof require === "undefined".repeat(5)',
      1,
    ],
    ['(completion, row) => { try { return Function("return typeof process")() === "undefined" ? 0 : 9 } catch { return 0 } }', 0],
    ['(completion, row) => { try { import("node:fs"); } catch { return 0 } return 1; }', 1],
    ['(completion, row) => { row.__proto__.stolen = 1; Object.prototype.stolen = 1; return 1; }', 1],
  ])('%j of the first row is %s', async (source, value) => {
    expect((await scored('own', rows.slice(0, 1), { source, timeout_s: 1 }))[0]!.value).toBe(value);
    expect('stolen' in {}).toBe(false);
  });
});

it('the verb gives every row a reward, or null and the reason', async () => {
  const file = join(folder, 'rows.jsonl');
  const lines = [
    '{"completion": "<think>Drei und vier.</think>7", "gold": "7", "reasoning_language": "de", "answer_language": "de"}',
    '{"completion": ',
    '[1]',
    '{"completion": 3}',
    '{"completion": "<think>a \\\\boxed{7}</think>8", "gold": 7}',
    '{"completion": "<think>a</think>7"}',
    '{"completion": "7", "gold": NaN}',
  ];
  writeFileSync(file, lines.join('\n'));
  const of = async (name: string) => {
    await rewards(['--rows', file, '--reward', name, '--out', join(folder, 'out.json')], { note: () => {} }, threads);
    return JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Record<string, unknown[]>;
  };
  const accuracy = await of('accuracy');
  expect(accuracy.rewards).toEqual([1, null, null, null, 0, null, null]);
  expect(accuracy.parsed).toEqual(['7', null, null, null, '8', null, null]);
  expect(accuracy.why!.slice(1, 4)).toEqual([
    expect.stringMatching(/^Row 2 is not valid JSON/),
    'Row 3 is no JSON object.',
    'Row 4 has completion 3, which is no text.',
  ]);
  const language = await of('language');
  expect(Object.keys(language)).toEqual(['rewards', 'why', 'answer_rewards', 'answer_why']);
  expect(language.rewards!.length).toBe(7);
  expect(language.answer_rewards![0]).toBeNull();
  await expect(of('overlongg')).rejects.toThrow(/there is no reward "overlongg"/);
});

it('the verb takes the settings of a reward, and those of thought and answer at once', async () => {
  const [file, config] = [join(folder, 'priced.jsonl'), join(folder, 'config.json')];
  const row = { reasoning: 'Am Anfang liegen zwölf Äpfel im Korb.', answer: 'Es bleiben neun Äpfel. Das ist alles. Ja.' };
  writeFileSync(file, JSON.stringify({ ...row, reasoning_language: 'German' }));
  const of = async (name: string, settings: object) => {
    writeFileSync(config, JSON.stringify(settings));
    const argv = ['--rows', file, '--reward', name, '--config', config, '--out', join(folder, 'out.json')];
    await rewards(argv, { note: () => {} }, threads);
    return JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Record<string, unknown[]>;
  };
  const both = await of('language', { right: 5, wrong: -5, pass: 'whole', fewest_letters: 20, same_as: 'thought' });
  expect([both.rewards, both.answer_rewards]).toEqual([[5], [5]]);
  expect((await of('short_answer', { max_sentences: 2, right: 0.5, wrong: -1 })).rewards).toEqual([-1]);
  await expect(of('language', { rihgt: 5 })).rejects.toThrow(/language has no setting rihgt/);
});
