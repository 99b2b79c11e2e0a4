/** What a run of distillation is before its first step, and what it refuses, in one sentence. Steps on the GPU: e2e/parity/distillation-run.gpu.test.ts. */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../headless/read-settings.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { BaseConfig } from '../../models/family.ts';
import { distillation } from './distillation.ts';

const config = { max_position_embeddings: 256, eos_token_ids: [2], pad_token_id: 0 } as unknown as BaseConfig; // all that is read of it

const prompt = (row: number, more: Partial<PromptRow> = {}): PromptRow => ({
  row,
  ids: new Uint32Array(20 + row),
  teacher: new Uint32Array(60 + row),
  completion: new Uint32Array(9),
  ...{ question: '', gold: null, answer: null, reasoning_language: null, answer_language: null, columns: {} },
  ...more,
});
const prompts = [1, 2, 3, 4, 5, 6].map((row) => prompt(row));

function methodOf(named: object, given: readonly PromptRow[] = prompts) {
  const run = { method: 'distillation', per_device_train_batch_size: 2, max_completion_length: 30, ...named };
  const { settings } = readSettings(run, 'run.json', '2025-08-05');
  return distillation({ config, settings, rows: [], validation: [], prompts: given });
}
const without = (at: number, key: keyof PromptRow) => prompts.map((one, i) => (i === at ? { ...one, [key]: undefined } : one));

describe('before its first step', () => {
  it('knows its steps, answers and shapes; the second stream holds the teacher’s longest prompts', () => {
    const method = methodOf({ num_train_epochs: 2, gradient_accumulation_steps: 2, num_generations: 2 });
    expect(method.steps).toBe(2 * Math.floor(6 / 2));
    expect(method.workload.answers).toEqual({ count: 24, prompts: 12, tokens: 24 * 30 });
    expect(method.answers!.shape).toMatchObject({ rows: 4 });
    const largest = method.shapes.at(-1)!;
    expect([largest.T, largest.M, largest.beside].map((size, i) => size! >= 2 * [56, 30, 96][i]!)).toEqual([true, true, true]);
    expect(method.max_micro_batches).toBe(2);
  });

  it('has shapes for short answers that still hold all prompts', () => {
    const method = methodOf({ per_device_train_batch_size: 6, max_completion_length: 128 });
    expect(method.shapes.map(({ M }) => M)).toEqual([128, 192, 320, 384, 576, 768]);
    for (const { T, M, beside } of method.shapes) expect([T >= 6 * 26 + M - 64, beside! >= 6 * 66 + M - 64]).toEqual([true, true]);
    expect(method.shapes[0]!.T).toBeLessThan(0.4 * method.shapes.at(-1)!.T);
  });

  it('counts as its own answers only those of lmbda', () => {
    expect(methodOf({ num_train_epochs: 1, lmbda: 0.5 }).workload.answers).toEqual({ count: 3, prompts: 3, tokens: 90 });
  });

  it('has a running average only where that teaches, and writes analyses only where they are wanted', () => {
    expect([methodOf({}).average, methodOf({}).analyses]).toEqual([undefined, undefined]);
    const method = methodOf({ teacher_model_kind: 'ema', teacher_update_rate: 0.1, teacher_sync_steps: 3 });
    expect([method.average, method.objective.average]).toEqual([{ rate: 0.1, every: 3 }, true]);
    const reasoned = methodOf(
      { reason_first: true, max_reasoning_length: 50 },
      prompts.map((one) => ({ ...one, analysis: new Uint32Array(40) })),
    );
    expect(reasoned.analyses!.shape.rows).toBe(2);
    expect(reasoned.shapes.at(-1)!.beside).toBeGreaterThanOrEqual(2 * (66 + 50 + 30));
  });

  it('is another run with other settings, prompts or teacher', () => {
    const of = (named: object, given?: readonly PromptRow[]) => [...methodOf(named, given).fingerprint].join('');
    const runs = [
      of({}),
      of({ beta: 1 }),
      of({ seed: 1 }),
      of({}, prompts.slice(1)),
      of({}, [prompt(1, { teacher: new Uint32Array(9) }), ...prompts.slice(1)]),
    ];
    expect(new Set(runs).size).toBe(runs.length);
    expect(of({})).toBe(of({}));
  });
});

describe('refuses', () => {
  it.each<[string, object, readonly PromptRow[], string]>([
    ['no prompts', {}, [], 'No row of the dataset has a question that can be asked'],
    ['a row without a teacher’s prompt', {}, without(2, 'teacher'), 'Row 3 has nothing that the teacher alone sees'],
    [
      'rows without answers of their own',
      { lmbda: 0.5 },
      without(4, 'completion'),
      'lmbda is 0.5 and row 5 has no answer of its own; set lmbda to 1',
    ],
    ['a student’s prompt without room', { max_completion_length: 240 }, prompts, 'max_completion_length must be at most 230'],
    [
      'a teacher’s prompt without room',
      { max_completion_length: 200 },
      prompts,
      'The teacher’s prompt of row 1 has 61 tokens and this model has 256 positions, so max_completion_length must be at most 195.',
    ],
    [
      'fewer prompts than a step needs',
      { per_device_train_batch_size: 8 },
      prompts,
      'The dataset has 6 prompts and a batch of answers needs 8',
    ],
    [
      'an analysis of nothing',
      { reason_first: true, max_reasoning_length: 20 },
      prompts,
      'reason_first analyses an English solution and row 1 has none',
    ],
    [
      'an analysis without room',
      { reason_first: true, max_reasoning_length: 200 },
      prompts.map((one) => ({ ...one, analysis: new Uint32Array(40) })),
      'so max_completion_length and max_reasoning_length together must be at most 195.',
    ],
  ])('%s', (_, named, given, sentence) => {
    expect(() => methodOf(named, given)).toThrow(sentence);
  });

  it('nothing of rows without answers where all are the student’s', () => {
    expect(methodOf({}, without(4, 'completion')).steps).toBeGreaterThan(0);
  });
});
