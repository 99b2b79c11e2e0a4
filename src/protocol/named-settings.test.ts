/** Settings by name: the warm-up of transformers in every order of its two keys, and a clause for everything that cannot be taken. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../headless/read-settings.ts';
import { presetSettings, startingSettings, withNamed } from '../state/presets.ts';
import { grpoDefaults } from './grpo.ts';
import { readNamed } from './named-settings.ts';

/** What TRL's GRPOConfig adds to transformers' TrainingArguments, with its defaults. */
const trl = JSON.parse(readFileSync(new URL('../../e2e/fixtures/grpo/config.json', import.meta.url), 'utf8')) as Record<string, unknown>;

const warmup = (named: Record<string, unknown>): unknown => readNamed(named).values.get('optimizer.warmup_steps');

describe('warmup_ratio and warmup_steps', () => {
  // red before: the last key won, so that a ratio before "warmup_steps": 0 warmed up for no step at all
  it.each([
    [{ warmup_ratio: 0.1, warmup_steps: 0 }, 0.1],
    [{ warmup_ratio: 0.1, warmup_steps: 5 }, 5],
    [{ warmup_ratio: 0.1, warmup_steps: 0.03 }, 0.03],
    [{ warmup_ratio: 0, warmup_steps: 5 }, 5],
    [{ warmup_ratio: 0, warmup_steps: 0 }, 0],
    [{ warmup_ratio: null, warmup_steps: 0 }, 0],
    [{ warmup_ratio: null, warmup_steps: 7 }, 7],
  ])('%j warms up for %d, in either order', (named, expected) => {
    const turned = Object.fromEntries(Object.entries(named).reverse());
    const { warmup_ratio, warmup_steps } = named;
    const all = [named, turned, { training_args: { warmup_ratio }, warmup_steps }, { warmup_steps, optimizer: { warmup_ratio } }];
    expect(all.map(warmup)).toEqual(all.map(() => expected));
    for (const one of all) {
      expect(readSettings(one, 'run.json', '2025-08-05').settings.optimizer.warmup_steps).toBe(expected);
      expect(withNamed(startingSettings, one).optimizer.warmup_steps).toBe(expected);
      const model = { layers: 1, experts: 0, context: 0, recommended: one };
      expect(presetSettings('recommended', model).optimizer.warmup_steps).toBe(expected);
    }
  });

  it('takes either alone, and neither', () => {
    expect([{ warmup_ratio: 0.2 }, { warmup_steps: 3 }, {}, { warmup_ratio: null }].map(warmup)).toEqual([0.2, 3, undefined, undefined]);
    expect(withNamed(startingSettings, { warmup_ratio: null }).optimizer.warmup_steps).toBe(0.03);
  });

  it.each([1, -0.1, '0.1', Number.NaN])('refuses a ratio of %j, which could be read two ways or not at all', (ratio) => {
    const { values, problems } = readNamed({ warmup_ratio: ratio });
    expect(values.size).toBe(0);
    expect(problems).toEqual([expect.stringMatching(/^warmup_ratio is .* and must be a number from 0 to below 1$/)]);
  });
});

it('keeps what is good beside what is not', () => {
  const { values, problems } = readNamed({ r: 4, lora: { lora_alpha: 'much' }, packing: true, nonsense: 1 }, { rank: 8 });
  expect([...values]).toEqual([['lora.r', 4]]);
  expect(problems).toEqual([
    'lora_alpha is "much" and must be a number above 0 and at most 10,000',
    'packing is true and can only be false here',
    'nonsense is not a setting that is known here',
  ]);
});

it('knows the limits of a model', () => {
  const { values, problems } = readNamed({ r: 64, max_length: 4096 }, { rank: 8, positions: 2048 });
  expect(values.size).toBe(0);
  expect(problems).toEqual([expect.stringContaining('r is 64'), expect.stringContaining('max_length is 4096')]);
});

describe("TRL's GRPOConfig", () => {
  const grpo = (named: object) => readNamed({ method: 'grpo', ...named });

  it('is read whole with its defaults, which are ours', () => {
    const { values, problems } = grpo(trl);
    expect(problems).toEqual([]);
    const { grpo: read } = readSettings({ method: 'grpo', ...trl }, 'run.json', '2025-08-05').settings;
    expect(read).toEqual(grpoDefaults);
    expect(values.size).toBeGreaterThan(25);
  });

  it('has no name that is not known, and none whose other values pass unread', () => {
    for (const name of Object.keys(trl)) {
      const { values, problems } = grpo({ [name]: { of: 'no kind' } });
      expect(
        [...values.keys()].filter((path) => path !== 'method'),
        name,
      ).toEqual([]);
      expect(problems, name).toHaveLength(1);
      expect(problems[0], name).toMatch(new RegExp(`^${name} is .* and (can only|must) be `));
    }
  });

  it.each([
    ['use_vllm', true, 'use_vllm is true and can only be false here'],
    ['sync_ref_model', true, 'sync_ref_model is true and can only be false here'],
    ['repetition_penalty', 1.1, 'repetition_penalty is 1.1 and can only be 1 here'],
    ['generation_batch_size', 64, 'generation_batch_size is 64 and can only be null here'],
  ])('%s %j is refused in one clause', (name, value, clause) => {
    expect(grpo({ [name]: value }).problems).toEqual([clause]);
    expect(readNamed({ [name]: value }).problems).toEqual([`${name} is not a setting that is known here`]); // of SFT
  });

  it('takes the other spellings of TRL', () => {
    const of = (named: object) => Object.fromEntries(grpo(named).values);
    expect(of({ scale_rewards: true })).toMatchObject({ 'grpo.scale_rewards': 'group' });
    expect(of({ scale_rewards: false })).toMatchObject({ 'grpo.scale_rewards': 'none' });
    expect(of({ min_p: null })).toMatchObject({ 'grpo.min_p': 0 });
  });
});
