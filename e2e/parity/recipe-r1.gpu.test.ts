/** Stages of the recipe r1 on a GPU, in small: what the bundled model writes is filtered by language, and the student learns from what is kept. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Row } from '../../lab/bundled/r1-rows.ts';
import { type Model, Walk } from '../../lab/bundled/r1-walk.ts';
import { recommended } from '../../lab/bundled/recommended.ts';
import { openText } from '../../src/engine/chat/open-text.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { Runner } from '../../src/headless/runner.ts';
import { R1_STAGES } from '../../src/protocol/stages-r1.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
const dataset = readFileSync(folder('datasets/mini/train.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .slice(0, 24)
  .map((line) => JSON.parse(line) as Row);
let gpu: Gpu;
let walk: Walk;

beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu());
  const runner: Runner = { gpu: async () => gpu, print: () => {}, note: () => {}, signal: new AbortController().signal };
  const [open, student] = await Promise.all(
    ['mini', 'mini-student'].map(async (name): Promise<Model> => {
      const path = folder(`models/${name}`);
      const [session, text] = [await openSession(gpu, nodeDirectory(path)), await openText(nodeDirectory(path))];
      return { session, text, changed: recommended(path, '2026-11-22').changed };
    }),
  );
  walk = new Walk({ open: open!, student: student! }, dataset, 1, runner).varied({
    4: { from: 'base', data: [{ of: 'dataset' }] },
    6: { data: [{ of: 4 }], settings: { max_steps: 3, warmup_steps: 1 } },
  });
});
afterAll(() => gpu.close());

it('keeps of what the base writes, which is English, the rows that ask for English or for nothing', async () => {
  const { traces } = await walk.stage(4);
  const english = dataset.filter(({ reasoning_language: language }) => language === null || language === 'English');
  expect(traces!.kept.map(({ messages }) => messages.find(({ role }) => role === 'user'))).toEqual(
    english.map(({ messages }) => messages.find(({ role }) => role === 'user')!),
  );
  expect(traces!.kept.map(({ messages }) => messages.at(-1)!.thinking)).toEqual(english.map(({ messages }) => messages.at(-1)!.thinking));
  expect(traces!.unfiltered.length).toBe(dataset.length);
  expect(traces!.says).toMatch(
    new RegExp(`^${english.length} of 24 traces kept \\(thought in another language ${24 - english.length}\\);`),
  );
});

it('trains the student on them', async () => {
  const { run } = await walk.stage(6);
  expect(run!.metrics.length).toBe(3);
  expect(run!.metrics[0]!.loss).toBeLessThan(1); // it knows this world
});

it('goes on from an earlier stage where one is left out, and learns from traces that did not pass', async () => {
  const few = { ...R1_STAGES[0]!.settings, per_device_train_batch_size: 4, max_steps: 1 };
  const short = walk.varied({
    1: { settings: few },
    3: { from: 1, data: [{ of: 'dataset', rows: 6 }], settings: few },
    5: { data: [{ of: 4, languages: 'with' }], settings: { max_steps: 1, warmup_steps: 0 } },
  });
  const first = await short.stage(1);
  const { run } = await short.stage(3);
  expect([run!.metrics.length, run!.layout]).toEqual([1, first.run!.layout]);
  const asking = dataset.filter(({ reasoning_language }) => reasoning_language !== null);
  expect(short.unfilter(4).rows(5).length).toBe(asking.length);
  expect((await short.stage(5)).run!.metrics.length).toBe(1);
});
