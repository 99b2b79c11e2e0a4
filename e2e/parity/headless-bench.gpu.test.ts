/** The verbs `bench` and `eval-bundled` through their arguments and files, small. */
import { expect, it } from 'vitest';
import { bench } from '../../lab/bench/verb.ts';
import { evalBundled } from '../../lab/bundled/verb.ts';
import { readJson, testRunner } from './headless-support.ts';

const runner = testRunner();

it('bench measures decoding and training of a model, and names the adapter', async () => {
  const model = ['--model', 'e2e/fixtures/models/mxfp4-yarn'];
  const out = runner.path('decode.json');
  await bench([...model, '--suite', 'decode', '--out', out], runner);
  const { adapter, decode } = readJson<{ adapter: { description: string }; decode: { rows: number; tokens_per_second: number }[] }>(out);
  expect(adapter.description).not.toBe('');
  expect(decode.map(({ rows }) => rows)).toEqual([1, 4, 16, 64]);
  for (const { tokens_per_second } of decode) expect(tokens_per_second).toBeGreaterThan(0);
  await bench([...model, '--suite', 'train'], runner);
  expect(JSON.parse(runner.printed.at(-1)!).train).toMatchObject({ tokens: 768, trained_tokens: 464 });
  await expect(bench(['--suite', 'all'], runner)).rejects.toThrow(
    '--suite is "all" and must be kernels, experts, decode, token, train, scale, encoding.',
  );
});

it('eval-bundled asks questions of every set and reports by language', async () => {
  const out = runner.path('eval.json');
  await evalBundled(['--before', '--limit', '30', '--batch', '30', '--date', '2026-11-22', '--out', out], runner);
  const { before, after } = readJson<{
    before: { report: Record<string, { n: number; english: number; ended: number }>; replies: object[] };
    after: object[];
  }>(out);
  expect(before.replies).toHaveLength(30);
  expect(after).toEqual([]);
  expect(before.report['same all']).toMatchObject({ n: 5 });
  expect(before.report['mixed all']).toMatchObject({ n: 20 });
  expect(before.report['none all']).toMatchObject({ n: 5 });
  expect(before.report['all all']!.english).toBeGreaterThanOrEqual(97);
  expect(runner.printed.at(-1)).toContain('reached before: reasoning in English');
});
