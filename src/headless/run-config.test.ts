import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../protocol/setting-values.ts';
import type { Json } from './json-files.ts';
import { readSettings, settingsFor } from './read-settings.ts';
import { epochsOf, readRows, readRunConfig } from './run-config.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}
const run = (value: unknown) => readRunConfig(file('run.json', value));
const noWords = async () => {
  throw new Error('Tokenised rows need no tokenizer.');
};
const rowsOf = (dataset: unknown, limits = { vocab_size: 50, positions: 9 }) => {
  const { data, settings } = run({ dataset });
  return readRows(data!, settings.encoding, limits, noWords);
};

describe('readRunConfig', () => {
  it('takes names flat and nested, with the defaults of TRL and PEFT', () => {
    const flat = {
      learning_rate: 2e-4,
      per_device_train_batch_size: 4,
      r: 16,
      target_modules: ['q_proj'],
      template: 'hf',
      date: '2025-08-05',
      warmup_ratio: 0.03,
    };
    const { settings, stated } = run({ ...flat, lora_dropout: 0, optim: 'adamw_torch', seed: 1 });
    expect(settings).toMatchObject({ per_device_train_batch_size: 4, seed: 1, num_train_epochs: 3, router_aux_loss_coef: 0 });
    expect(settings.optimizer).toMatchObject({ learning_rate: 2e-4, warmup_steps: 0.03, lr_scheduler_type: 'linear', max_grad_norm: 1 });
    expect(settings.lora).toMatchObject({ r: 16, lora_alpha: 8, target_modules: ['q_proj'] });
    expect(settings.encoding).toMatchObject({ template: 'hf', date: '2025-08-05', max_length: 1024, assistant_only_loss: false });
    expect([...stated].filter((path) => path.startsWith('lora.')).sort()).toEqual(['lora.r', 'lora.target_modules']);
    const { r, target_modules, learning_rate, template, date, ...rest } = { ...flat, seed: 1 };
    expect(
      run({ ...rest, lora: { r, target_modules }, settings: { optimizer: { learning_rate }, encoding: { template, date } } }).settings,
    ).toEqual(settings);
  });

  it('reads the settings that the bundled model recommends', () => {
    const { settings } = JSON.parse(readFileSync('public/models/mini/settings.json', 'utf8'));
    expect(run(settings).settings).toMatchObject({ max_steps: -1, encoding: { assistant_only_loss: true } });
  });

  it('lists all keys that are unknown or cannot be used', () => {
    const wrong = {
      learning_rte: 1,
      lora: { lora_dropout: 0.1, r: 0 },
      packing: true,
      toString: 1,
      router_aux_loss_coef: -1,
      date: 'today',
    };
    expect(() => run(wrong)).toThrow(
      /learning_rte is not a setting.*lora_dropout is 0\.1 and can only be 0 here.*r is 0 and must be a whole.*packing is true.*toString is not.*router_aux_loss_coef is -1 and must be.*date is "today"/,
    );
    expect(() => run({ lr_scheduler_type: 'cosine_with_min_lr' })).toThrow('needs lr_scheduler_kwargs {"min_lr_rate": ...}');
    expect(() => run({ assistant_only_loss: true, template: 'hf' })).toThrow('hf marks no assistant tokens');
    expect(() => run([1])).toThrow('run.json is not a JSON object');
    expect(() => readRunConfig(file('run.json', '{'))).toThrow(/run\.json is not valid JSON/);
  });

  it('fits the model: an unstated max_length is no longer than its positions, and what is stated must fit', () => {
    const limits = { positions: 600, rank: 96 };
    const checked = (named: Json) => settingsFor(readSettings(named, 'run.json', '2025-08-05'), limits, 'run.json');
    expect(checked({}).encoding.max_length).toBe(600);
    expect(checked({ max_length: 200 }).encoding.max_length).toBe(200);
    expect(() => checked({ max_length: 1024, r: 128 })).toThrow(
      'run.json does not fit the model: max_length is 1024 and must be a whole number from 2 to 600, the positions of this model; r is 128 and must be',
    );
  });

  it('takes loss_type by TRL’s names, of which chunked_nll is nll, and no setting that has no effect here', () => {
    expect(run({ loss_type: 'chunked_nll' }).settings.loss_type).toBe('nll');
    expect(run({ loss_type: 'dft' }).settings.loss_type).toBe('dft');
    expect(() => run({ loss_type: 'ppo' })).toThrow('loss_type is "ppo" and must be nll or dft');
    expect(() => run({ adherence_steps: 2 })).toThrow('adherence_steps is not a setting');
    expect(() => run({ lr_scheduler_kwargs: { r: 1 } })).toThrow('lr_scheduler_kwargs is {"r":1} and must be');
  });

  it('resolves paths against its own folder', () => {
    mkdirSync(join(folder, 'sub'));
    const config = readRunConfig(file('sub/run.json', { model: '../mini', dataset: 'rows.jsonl', adapter: '/a' }));
    expect(config).toMatchObject({
      model: join(folder, 'mini'),
      adapter: '/a',
      base_model: '../mini',
      data: { kind: 'file', path: join(folder, 'sub/rows.jsonl') },
    });
    expect(run({}).settings).toEqual(defaultSettings(run({}).settings.encoding.date));
    expect(run({})).toMatchObject({ model: null, adapter: null, data: null, base_model: '' });
    expect(() => run({ model: 3 })).toThrow('model must be a path');
    expect(() => run({ dataset: 3 })).toThrow('dataset must be a path, {"input_ids": ..., "labels": ...} or {"rows": path}');
  });

  it('reads an order as one list, by epochs or by micro-batches', () => {
    for (const data_order of [
      [2, 0, 1, 1, 0],
      [
        [2, 0, 1],
        [1, 0],
      ],
      [[2, 0], [1], [1, 0]],
    ]) {
      expect(epochsOf(run({ data_order }), 3)).toEqual([
        [2, 0, 1],
        [1, 0],
      ]);
    }
    expect(epochsOf(run({}), 3)).toBeUndefined();
    expect(() => epochsOf(run({ data_order: [0, 1, 1] }), 3)).toThrow('epoch 0 of data_order names row 1 twice');
    expect(() => epochsOf(run({ data_order: [0, 3] }), 3)).toThrow('there are only 3 rows');
    expect(() => run({ data_order: [0.5] })).toThrow('data_order must list row indices');
  });
});

describe('readRows', () => {
  it('takes tokenised rows in place or from a file', async () => {
    const rows = {
      input_ids: [
        [1, 2, 3],
        [4, 5],
      ],
      labels: [
        [-100, 2, 3],
        [-100, -100],
      ],
    };
    file('rows.json', rows);
    const inPlace = await rowsOf(rows);
    expect(inPlace.rows).toEqual([
      { row: 0, ids: Uint32Array.of(1, 2, 3), trained: Uint8Array.of(0, 1, 1) },
      { row: 1, ids: Uint32Array.of(4, 5), trained: Uint8Array.of(0, 0) },
    ]);
    expect(await rowsOf({ rows: 'rows.json' })).toEqual(inPlace);
    expect((await rowsOf({ input_ids: [[1, 2]] })).rows[0]!.trained).toEqual(Uint8Array.of(1, 1));
  });

  it.each([
    [{ input_ids: [[1, 50]] }, 'input_ids[0][1] is 50, ids go from 0 to 49'],
    [{ input_ids: [[1], 2] }, 'row 1 is not a list'],
    [{ input_ids: [] }, 'with at least one row'],
    [{ input_ids: [Array(10).fill(1)] }, 'row 0 has 10 ids, the model has 9 positions'],
    [{ input_ids: [[1, 2]], labels: [[1]] }, 'labels[0] is not a list of 2 entries'],
    [{ input_ids: [[1, 2]], labels: [[1, 'x']] }, 'labels[0][1] is "x"'],
    [{ input_ids: [[1, 2]], labels: [] }, 'needs "labels" with 1 rows'],
    [{ input_ids: [[1, 2]], labels: [[-100, 3]] }, 'labels[0][1] is 3 where input_ids has 2'],
    [{ rows: 'none.json' }, /none\.json cannot be read/],
  ])('%j is one sentence', async (dataset, message) => {
    await expect(async () => rowsOf(dataset)).rejects.toThrow(message);
  });
});
