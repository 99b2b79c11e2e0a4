/**
 * The verb `train`: TRL's 20 steps through run.json and files; a dataset file with validation; resuming. Interrupted + resumed == uninterrupted, bit
 * for bit, through real checkpoints and a model that is loaded anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ARENAS, downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/engine/files/checkpoint.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { DivergedError, prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { train } from '../../src/headless/verbs/train.ts';
import type { RunRecord, StepMetrics } from '../../src/protocol/training.ts';
import { readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const runner = testRunner();
const root = resolve('e2e/fixtures/training/sft-20');
const { model, ...stated } = readJson<Record<string, unknown> & { model: string }>(`${root}/case.json`);
const folder = resolve(`e2e/fixtures/models/${model}`);

function runFile(name: string, run: object): string {
  writeFileSync(runner.path(name), JSON.stringify(run));
  return runner.path(name);
}

const logOf = (out: string): Record<string, number>[] =>
  readFileSync(`${out}/log.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('train', () => {
  it('repeats the 20 steps that TRL logged, in the order that TRL took', async () => {
    const out = runner.path('sft');
    const dataset = { rows: `${root}/rows.json` };
    const data_order = readJson<number[][]>(`${root}/order.json`);
    await train(
      [
        '--config',
        runFile('sft.json', { ...stated, model: folder, adapter: `${root}/adapter-initial`, dataset, data_order }),
        '--out',
        out,
      ],
      runner,
    );
    const golden = readJson<StepMetrics[]>(`${root}/steps.json`);
    const log = logOf(out);
    expect(log.length).toBe(golden.length + 1);
    for (const [i, want] of golden.entries()) {
      expect(Math.abs(log[i]!.loss! - want.loss), `loss of step ${i + 1}`).toBeLessThanOrEqual(1e-3);
      expect(log[i]).toMatchObject({ step: want.step, epoch: want.epoch, num_tokens: want.num_tokens });
      expect(log[i]!.learning_rate).toBeCloseTo(want.learning_rate, 12);
    }
    expect(log.at(-1)!.train_loss).toBeCloseTo(golden.reduce((sum, { loss }) => sum + loss, 0) / golden.length, 3);
    const [got, want] = await Promise.all(
      [`${out}/adapter`, `${root}/adapter-final`].map((path) => readTensors(`${path}/adapter_model.safetensors`)),
    );
    expect([...got!.keys()].sort()).toEqual([...want!.keys()].sort());
    for (const [key, values] of want!) expect(relativeL2(got!.get(key)!, values), key).toBeLessThanOrEqual(1e-2);
    expect(readJson<{ optimizer: object }>(`${out}/settings.json`).optimizer).toMatchObject({ learning_rate: 0.005, max_grad_norm: 0.5 });
  });

  it('trains a dataset file with a share for validation', async () => {
    const out = runner.path('sums');
    const run = {
      model: resolve('public/models/mini'),
      dataset: resolve('e2e/fixtures/data/sums.jsonl'),
      max_steps: 2,
      r: 4,
      lora_alpha: 8,
    };
    const more = {
      per_device_train_batch_size: 2,
      validation_split: 0.2,
      assistant_only_loss: true,
      date: '2026-11-22',
      learning_rate: 1e-3,
      save_steps: 1,
    };
    await train(['--config', runFile('sums.json', { ...run, ...more }), '--out', out], runner);
    const log = logOf(out);
    expect(log.map(({ step }) => step)).toEqual([1, 2, 2, 2]);
    expect(log[1]!.loss).toBeGreaterThan(0);
    expect(log[2]!.eval_loss).toBeGreaterThan(0);
    expect(log[3]!.train_steps_per_second).toBeGreaterThan(0);
    const adapter = await readAdapterFolder(`${out}/adapter`, (await openSession(await runner.gpu(), nodeDirectory(run.model))).config);
    expect(adapter.settings).toMatchObject({ r: 4, lora_alpha: 8, target_parameters: null });
    expect(adapter.base_model).toBe(run.model);
    const [first, last] = await Promise.all(
      ['checkpoint-1', 'adapter'].map((name) => readTensors(`${out}/${name}/adapter_model.safetensors`)),
    );
    expect([...first!.keys()]).toEqual([...last!.keys()]);
    expect(
      [...first!].some(([key, values]) => relativeL2(last!.get(key)!, values) > 1e-4),
      'of an earlier step',
    ).toBe(true);
    expect(existsSync(`${out}/checkpoint-2`), 'the last step is the adapter itself').toBe(false);
  });

  it('keeps the adapter when it is interrupted, and fails', async () => {
    const out = runner.path('stopped');
    const control = new AbortController();
    const note = (): void => control.abort();
    const run = { ...stated, model: folder, dataset: { rows: `${root}/rows.json` } };
    const training = train(['--config', runFile('stopped.json', run), '--out', out], { ...runner, note, signal: control.signal });
    await expect(training).rejects.toThrow(/Stopped after step 1 of 20; the adapter so far is in .*stopped/);
    expect((await readTensors(`${out}/adapter/adapter_model.safetensors`)).size).toBeGreaterThan(0);
  });

  it('keeps what it had learned when a step gives numbers that are none, and fails', async () => {
    const out = runner.path('diverged');
    // No setting that is allowed does so on this model.
    const check = vi.spyOn(TrainingRun.prototype as unknown as { check(metrics: StepMetrics): void }, 'check');
    check.mockImplementation(({ step }) => {
      if (step === 2) throw new DivergedError('The loss of step 2 is not a number.');
    });
    const run = { ...stated, model: folder, dataset: { rows: `${root}/rows.json` } };
    const training = train(['--config', runFile('wild.json', run), '--out', out], runner).finally(() => check.mockRestore());
    await expect(training).rejects.toThrow(/step 2 is not a number.* What the run had learned is in .*diverged/);
    const tensors = [...(await readTensors(`${out}/adapter/adapter_model.safetensors`)).values()];
    expect(tensors.some((values) => values.some((value) => value !== 0))).toBe(true);
  });
});

describe('resume', () => {
  const STEPS = 6;
  const CUT = 2;
  const { settings } = readSettings({ ...stated, max_steps: STEPS }, 'case.json', '2025-08-05');
  const { input_ids, labels } = readJson<{ input_ids: number[][]; labels: number[][] }>(`${root}/rows.json`);
  const rows = input_ids.map(
    (ids, r): EncodedRow => ({ row: r, ids: Uint32Array.from(ids), trained: Uint8Array.from(labels[r]!, (l) => +(l !== -100)) }),
  );

  async function open() {
    const session = await openSession(await runner.gpu(), nodeDirectory(folder));
    const layout = layoutAdapter(planAdapter(settings.lora, adaptableWeights(session.config)));
    const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
    const steps: Omit<StepMetrics, 'step_time' | 'tokens_per_second'>[] = [];
    const train = (start: number, end: number, tokensSeen = 0) =>
      run.train(
        {
          onStep: ({ step_time, tokens_per_second, ...metrics }) => steps.push(metrics),
          onEval: () => {},
          between: async (done) => done < end,
        },
        { step: start, tokens: tokensSeen },
      );
    const close = (): void => {
      run.free();
      session.store.free(() => true);
    };
    return { session, layout, steps, train, close };
  }

  it('goes on from a checkpoint as if it had never stopped, loss by loss and bit by bit', async () => {
    const initial = await readAdapterFolder(
      `${root}/adapter-initial`,
      (await openSession(await runner.gpu(), nodeDirectory(folder))).config,
    );
    const whole = await open();
    uploadAdapter(whole.session.store, whole.layout, initial.tensors);
    expect(await whole.train(0, STEPS)).toBe(STEPS);
    const wanted = await downloadAdapter(whole.session.store, whole.layout);
    whole.close();

    const first = await open();
    uploadAdapter(first.session.store, first.layout, initial.tensors);
    expect(await first.train(0, CUT)).toBe(CUT);
    const disk = memoryStore();
    const arena = (name: string) => downloadAdapter(first.session.store, first.layout, name);
    await saveCheckpoint(disk, {
      state: {
        run: { id: 'resume' } as RunRecord,
        step: CUT,
        data_order: '',
        hashes: { model: '', dataset: '' },
      },
      adapter: await arena(ARENAS.parameters),
      m: await arena(ARENAS.m),
      v: await arena(ARENAS.v),
    });
    first.close();

    const second = await open();
    const saved = (await loadCheckpoint(disk, 'resume'))!;
    uploadAdapter(second.session.store, second.layout, saved.adapter);
    uploadAdapter(second.session.store, second.layout, saved.m, ARENAS.m);
    uploadAdapter(second.session.store, second.layout, saved.v, ARENAS.v);
    expect(await second.train(saved.state.step, STEPS, first.steps.at(-1)!.num_tokens)).toBe(STEPS);
    expect([...first.steps, ...second.steps]).toEqual(whole.steps);
    const got = await downloadAdapter(second.session.store, second.layout);
    for (const [key, values] of wanted) expect(Buffer.from(got.get(key)!.buffer).equals(Buffer.from(values.buffer)), key).toBe(true);
    second.close();
  });
});
