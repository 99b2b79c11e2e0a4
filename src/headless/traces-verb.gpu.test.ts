/** The verb `traces` on the bundled model: interrupted, with its last line torn, and gone on with on another day, it makes what one call makes. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { Gpu } from '../engine/gpu/device.ts';
import { openNodeGpu } from './adapter.ts';
import type { Runner } from './runner.ts';
import { traces } from './verbs/traces.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'traces-'));
const gpu = await Gpu.open(await openNodeGpu());
afterAll(() => {
  gpu.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => void vi.useRealTimers());

const ROWS = 20;
const config = join(folder, 'traces.json');
writeFileSync(
  config,
  JSON.stringify({
    ...{ model: `${root}/public/models/mini`, dataset: `${root}/public/datasets/mini/train.jsonl`, rows: ROWS, num_return_sequences: 2 },
    ...{
      reward_funcs: ['accuracy'],
      reward_settings: {},
      thought_language: false,
      keep: 'all',
      temperature: 1,
      max_new_tokens: 64,
      seed: 4,
    },
  }),
);

/** Interrupted when so many are made; of 16 that decode together, more may come. */
async function call(out: string, interruptedAt = Number.POSITIVE_INFINITY): Promise<void> {
  const control = new AbortController();
  const runner: Runner = {
    gpu: async () => gpu,
    print: () => {},
    note: (text) => {
      if (Number(/^(\d+)\/\d+ traces$/.exec(text)?.[1]) >= interruptedAt) control.abort();
    },
    signal: control.signal,
  };
  await traces(['--config', config, '--out', out], runner, () => null);
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(Boolean);

/** Without what a clock says. */
const madeIn = (out: string): object[] =>
  lines(join(out, 'made.jsonl'))
    .map((line) => ({ ...(JSON.parse(line) as { row: number; sample: number }), seconds: 0 }))
    .sort((one, other) => one.row - other.row || one.sample - other.sample);

const on = (day: string) => vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${day}T12:00:00Z`) });

it('goes on after an interruption, a torn line and midnight, and has what one call has', async () => {
  const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
  on('2026-11-27');
  await call(whole);
  expect(madeIn(whole)).toHaveLength(2 * ROWS);

  await expect(call(parts, 16)).rejects.toThrow(/^Stopped after \d+ of 40 traces; run it again to go on\.$/);
  const left = lines(join(parts, 'made.jsonl')).length;
  expect(left).toBeGreaterThanOrEqual(16);
  expect(left).toBeLessThan(2 * ROWS);
  const file = join(parts, 'made.jsonl');
  truncateSync(file, readFileSync(file).length - 20); // killed while it was written

  on('2026-11-28');
  await call(parts);
  expect(madeIn(parts)).toEqual(madeIn(whole));
  expect(lines(join(parts, 'made.jsonl'))).toHaveLength(2 * ROWS);
  const kept = (out: string) => lines(join(out, 'dataset.jsonl')).map((line) => (JSON.parse(line) as { messages: object[] }).messages);
  expect(kept(parts)).toEqual(kept(whole));
  expect(kept(whole).length).toBeGreaterThan(0);
});
