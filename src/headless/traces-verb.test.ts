/** The verb `traces` on answers that are there already: e2e/fixtures/cases/rejection-sampling as it should be judged, and what cannot be used. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Runner } from './runner.ts';
import { readTracesFile } from './traces-file.ts';
import { traces } from './verbs/traces.ts';

const fixtures = join(import.meta.dirname, '../../e2e/fixtures/cases/rejection-sampling');
const folder = mkdtempSync(join(tmpdir(), 'traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

const printed: string[] = [];
const runner: Runner = {
  gpu: () => Promise.reject(new Error('Judging needs no GPU.')),
  print: (text) => printed.push(text),
  note: () => {},
  signal: new AbortController().signal,
};
const file = (name: string, content: string | object): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};
const run = (...argv: string[]) => traces(argv, runner, () => null);
const out = join(folder, 'out.json');

it('keeps 7 of 22 and says why not of each other one, in numbers that add up', async () => {
  await run('--samples', join(fixtures, 'samples.jsonl'), '--out', out);
  const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));
  const found = JSON.parse(readFileSync(out, 'utf8'));
  const kept = (rows: Record<string, { keep: boolean }>) => Object.fromEntries(Object.entries(rows).map(([id, { keep }]) => [id, keep]));
  expect(kept(found.rows)).toEqual(kept(expected.rows));
  expect(found).toMatchObject({ kept: 7, suspicious: 1, reasons: { duplicate: 3, cut: 2, unverifiable: 1 } });
  expect(Object.values(found.reasons as Record<string, number>).reduce((sum, n) => sum + n, found.kept)).toBe(22);
  expect(found.rows.wrong_language.why).toBe('0 % of its thought is in German, and 80 % are needed.');
  expect(printed.at(-1)).toMatch(/traces +22\nkept +7\n/);
});

it('takes settings by their names', async () => {
  const config = file('config.json', { keep: 'first', thought_language: false, answer_language: false, most_per_language: 1 });
  await run('--samples', join(fixtures, 'samples.jsonl'), '--config', config, '--out', out);
  const { rows, kept, languages } = JSON.parse(readFileSync(out, 'utf8'));
  expect(languages).toMatchObject({ German: { kept: 1 }, French: { kept: 1 } });
  expect([kept, rows.other_words.reason, rows.french.keep]).toEqual([2, 'not-chosen', true]);
  const { settings, model } = readTracesFile(
    file('more.json', {
      model: 'm',
      dataset: 'd.jsonl',
      temperature: 0.9,
      max_new_tokens: 64,
      seed: 3,
      date: '2026-01-02',
      num_return_sequences: 8,
    }),
  );
  expect(settings).toMatchObject({
    num_return_sequences: 8,
    sampling: { temperature: 0.9, max_new_tokens: 64, seed: 3 },
    encoding: { date: '2026-01-02' },
  });
  expect(model).toBe(join(folder, 'm'));
});

it('refuses what cannot be used, all of it at once', async () => {
  await expect(run('--out', out)).rejects.toThrow('traces needs --config, a model and data to make traces, or --samples');
  await expect(run('--samples', file('bad.jsonl', '{"question":"a"}\nx'), '--out', out)).rejects.toThrow(
    /line 1 has no completion.*line 2/,
  );
  const bad = file('bad.json', { keep: 'last', temprature: 1, generator: 'base' });
  await expect(run('--config', bad, '--out', out)).rejects.toThrow(
    /temprature is not a setting.*generator is not set here.*keep is "last"/,
  );
  await expect(run('--config', file('no.json', {}), '--out', out)).rejects.toThrow('needs "model", the folder of the model');
});
