/** The planner's verdicts, and the search for the smallest change, on gpt-oss-20b's config. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { parseModelConfig } from '../models/config.ts';
import { plannedWeights } from '../models/tensors.ts';
import { answer, judge, type PlanSettings } from './planner.ts';

const GIB = 2 ** 30;
const config = parseModelConfig(readFileSync('e2e/fixtures/configs/gpt-oss-20b/config.json', 'utf8'), 'gpt-oss-20b');
const model = { config, weights: plannedWeights(config), capabilities: DEFAULT_CAPABILITIES };
const settings: PlanSettings = {
  lora: {
    r: 8,
    lora_alpha: 16,
    target_modules: 'all-linear',
    target_parameters: null,
    use_rslora: false,
    rank_pattern: {},
    alpha_pattern: {},
  },
  max_length: 2048,
  per_device_train_batch_size: 1,
  cache_length: 1024,
  cache_rows: 1,
  gpu_bytes: 24 * GIB,
};

/** Only the peaks matter to a verdict. */
const peaks = (train: number, generate: number) => {
  const { train: plan } = answer(model, settings);
  return { train: { ...plan, peak: train }, generate: { ...plan, peak: generate }, refused: [] };
};

describe('a verdict', () => {
  it.each([
    [13.5, 16, 'fits'],
    [13.8, 16, 'tight'],
    [15.2, 16, 'does-not-fit'],
    [1.5, null, 'fits'],
    [13, null, 'tight'],
  ] as const)('%d GiB on a GPU of %s GiB: %s', (peak, has, verdict) => {
    expect(judge(peaks(peak * GIB, GIB), has && has * GIB).verdict).toBe(verdict);
    expect(judge(peaks(GIB, peak * GIB), has && has * GIB).verdict).toBe(verdict);
  });

  it('names what the device refuses before anything else', () => {
    const refused = judge({ ...peaks(GIB, GIB), refused: ['lm_head.weight: a buffer of 9 (the limit is 8)'] }, null);
    expect(refused).toEqual({ verdict: 'does-not-fit', reason: 'This GPU refuses lm_head.weight: a buffer of 9 (the limit is 8).' });
  });
});

describe('block inputs in 16 bits', () => {
  const wide = { ...settings, max_length: 8192, gpu_bytes: 16 * GIB };

  it('take half the room and a thirty-second part, but for the one that is no input', () => {
    const [whole, packed] = (['float32', 'int16'] as const).map((checkpoint_dtype) => answer(model, { ...wide, checkpoint_dtype }).train);
    const one = 8192 * model.config.hidden_size * 4;
    expect(whole!.checkpoints).toBe(24 * one);
    expect(packed!.checkpoints).toBe(one + 23 * one * (33 / 64));
    expect(whole!.peak - packed!.peak).toBeGreaterThan(0.8 * GIB);
  });

  it('are offered before rows are cut', () => {
    const { verdict, change } = answer(model, wide);
    expect(verdict).toBe('does-not-fit');
    expect(change).toMatchObject({ checkpoint_dtype: 'int16', sentence: expect.stringContaining('checkpoint_dtype') });
    expect(answer(model, { ...wide, checkpoint_dtype: 'int16' }).verdict).not.toBe('does-not-fit');
  });
});

it('bounds runs of several shapes with little more than the largest shape takes', () => {
  const largest = answer(model, settings).train.peak;
  const bound = answer(model, { ...settings, shorter_rows: true }).train.peak;
  expect(bound).toBeGreaterThan(largest);
  expect(bound - largest).toBeLessThan(0.002 * largest);
});

describe('the smallest change', () => {
  it('is several together where no single one does, and they fit', () => {
    const experts = Array.from({ length: 24 }, (_, i) => `${i}.mlp.experts.gate_up_proj`);
    const large = { ...settings, max_length: 16384, gpu_bytes: 14 * GIB, lora: { ...settings.lora, r: 64, target_parameters: experts } };
    const { change } = answer(model, large);
    expect([change!.max_length, change!.r].map((value) => value !== undefined)).toEqual([true, true]);
    expect(change!.sentence).toMatch(/max_length.* Set r to/);
    const { sentence: _, peak, r, ...rest } = change!;
    const mended = answer(model, { ...large, ...rest, lora: { ...large.lora, r: r! } });
    expect([mended.verdict !== 'does-not-fit', Math.max(mended.train.peak, mended.generate.peak)]).toEqual([true, peak]);
  });

  it('is none where it fits', () => {
    expect(answer(model, settings)).toMatchObject({ verdict: 'fits' });
    expect(answer(model, settings).change).toBeUndefined();
  });

  it('keeps the rows of a step where a smaller micro-batch does it', () => {
    const { change, verdict } = answer(model, { ...settings, per_device_train_batch_size: 12 });
    expect(verdict).toBe('does-not-fit');
    expect(change!.per_device_train_batch_size).toBe(4); // q of 8,192 tokens fills a binding
    expect(answer(model, { ...settings, per_device_train_batch_size: change!.per_device_train_batch_size! }).verdict).not.toBe(
      'does-not-fit',
    );
    expect(answer(model, { ...settings, per_device_train_batch_size: change!.per_device_train_batch_size! + 1 }).verdict).toBe(
      'does-not-fit',
    );
  });

  it('shortens rows where one row a batch is still too much', () => {
    const { change } = answer(model, { ...settings, max_length: 16384, gpu_bytes: 16 * GIB });
    expect(change!.max_length! % 128).toBe(0);
    expect(change!.max_length).toBeGreaterThan(2048);
    expect(change!.per_device_train_batch_size).toBeUndefined();
  });

  it('shortens the cache where asking alone is too much', () => {
    const { change } = answer(model, { ...settings, cache_length: 65536, cache_rows: 4, gpu_bytes: 16 * GIB });
    expect(change!.cache_length).toBeGreaterThan(1024);
    expect(change!.max_length).toBeUndefined();
  });

  it('lowers the rank where the adapter is too large for a buffer', () => {
    const experts = Array.from({ length: config.num_hidden_layers }, (_, i) => `${i}.mlp.experts.gate_up_proj`);
    const large = { ...settings, lora: { ...settings.lora, r: 64, target_parameters: experts } };
    const { change, ...judged } = answer(model, large);
    expect(judged.reason).toMatch(/^This GPU refuses adapter/);
    expect(change!.r).toBeLessThan(64);
    expect(answer(model, { ...large, verdict_only: true }), 'for a list, none is sought').toEqual(judged);
  });
});

it('uses what a device allows: large buffers with small bindings, and large bindings', () => {
  const few = answer({ ...model, capabilities: { ...DEFAULT_CAPABILITIES, maxBufferSize: 4 * GIB } }, settings);
  expect(few.train.largest_binding).toBeLessThanOrEqual(128 * 2 ** 20);
  const large = { ...DEFAULT_CAPABILITIES, maxBufferSize: 4 * GIB, maxStorageBufferBindingSize: 4 * GIB };
  const whole = answer({ ...model, capabilities: large }, settings);
  expect(whole.train.largest_binding).toBe(201_088 * 2880 * 2);
  expect(whole.generate.dispatches).toBeLessThan(few.generate.dispatches);
  expect(few.train.weights).toBe(whole.train.weights);
});

it('never cuts answers of the model’s own to make a run fit', () => {
  const long = { ...settings, max_length: 16384, gpu_bytes: 16 * GIB };
  expect(answer(model, long).change!.max_length).toBeLessThan(16384);
  expect(answer(model, { ...long, learns_from_answers: true }).change?.max_length).toBeUndefined();
});

describe('what is asked beside a run and beside each other', () => {
  const plain = answer(model, settings);

  it('counts the questions of a run, which follow its probes: the larger of both, once', () => {
    const probed = answer(model, { ...settings, probe_rows: 4 });
    const evaluated = answer(model, { ...settings, evaluation_tokens: 512 });
    expect(evaluated.train.peak).toBeGreaterThan(probed.train.peak); // red before: they were not counted without rows
    expect(probed.train.peak).toBeGreaterThan(plain.train.peak);
    expect(answer(model, { ...settings, probe_rows: 4, evaluation_tokens: 512 }).train).toEqual(evaluated.train);
    expect(evaluated.generate).toEqual(plain.generate);
  });

  it('counts adapters laid beside each other, and the one that stands beside its copy', () => {
    const own = plain.generate.adapter;
    const three = answer(model, { ...settings, adapters: 3 });
    expect(three.generate.adapter).toBe(4 * own); // red before: as one
    expect(three.generate.peak).toBeGreaterThanOrEqual(plain.generate.peak + 3 * own);
    expect(three.train).toEqual(plain.train);
    expect(answer(model, { ...settings, adapters: 1 }).generate).toEqual(plain.generate);
  });
});
