/**
 * A family is added by one entry in the table: a dense toy, entered for the length of this test, is read, checked, planned, described and
 * adapted by code that has never heard of it. Its numbers on the GPU: e2e/parity/toy-family.gpu.test.ts.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toy, toyFolder, toyTensors, toyWeights } from '../../../e2e/parity/toy-family.ts';
import type { LoraSettings } from '../../protocol/training.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { summarise } from '../api/model-summary.ts';
import { answer } from '../api/planner.ts';
import { exportAdapter, importAdapter } from '../files/adapter.ts';
import { initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { openCheckpoint } from '../files/safetensors-read.ts';
import { bytesDirectory } from '../files/source.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { byteLength } from '../graph/tensor.ts';
import { planSteps } from '../train/plans.ts';
import { sftObjectives } from '../train/sft.ts';
import { readModelConfig } from './config.ts';
import { openModelFiles } from './files.ts';
import { adaptableWeights, families } from './index.ts';
import { weightBytes } from './memory.ts';
import { plannedWeights } from './tensors.ts';

beforeAll(() => {
  families.toy = toy;
});
afterAll(() => {
  delete families.toy;
});

const lora: LoraSettings = {
  r: 4,
  lora_alpha: 8,
  target_modules: 'all-linear',
  target_parameters: null,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};

async function planned() {
  const files = await openModelFiles(toyFolder());
  const { config, tensors } = files;
  const model = { config, weights: plannedWeights(config, tensors), capabilities: DEFAULT_CAPABILITIES };
  const targets = planAdapter(lora, adaptableWeights(config));
  return { files, model, targets, layout: layoutAdapter(targets) };
}

it('is parsed and checked', async () => {
  const { files } = await planned();
  expect(files.config).toMatchObject({ model_type: 'toy', hidden_size: 16, head_dim: 8 });
  expect(files.tensors.map(({ name }) => name).sort()).toEqual([...toyWeights().keys()].sort());

  const damaged = toyTensors();
  damaged.delete('model.layers.1.self_attn.k_proj.bias');
  await expect(openModelFiles(toyFolder(damaged))).rejects.toThrow(/toy do not fit.*layers\.1\.self_attn\.k_proj\.bias \[16\] is missing/);
});

it('is planned: its weights with one rotary table a kind of layer, a step, and an answer', async () => {
  const { model, layout } = await planned();
  const held = [...toyWeights().values()].reduce((n, { shape }) => n + byteLength({ shape, dtype: 'f32' }), 0);
  expect(weightBytes(model.config, model.weights)).toBe(held + 2 * 64 * (8 / 2) * 2 * 4);
  const shapes = { micro: [{ T: 64, M: 32 }] };
  expect(planSteps(model, layout, sftObjectives.nll, shapes).micro[0]!.dispatches).toBeGreaterThan(20);
  expect(() => planSteps(model, layout, sftObjectives.nll, shapes, { router_aux_loss_coef: 0.9 })).toThrow(
    /router_aux_loss_coef .*no experts/,
  );
  const sizes = { max_length: 64, per_device_train_batch_size: 1, checkpoint_dtype: 'float32', cache_length: 64, cache_rows: 1 } as const;
  expect(answer(model, { lora, ...sizes, gpu_bytes: 2 ** 33 })).toMatchObject({ train: { adapter: layout.length * 4 } });
});

it('is described to the page without experts and with its own modules', async () => {
  const { files } = await planned();
  const modules = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_up_proj', 'down_proj'];
  const parameters = [...toyWeights().values()].reduce((n, { data }) => n + data.length, 0);
  expect(summarise(files, 'folder', { questions: [], notes: [] })).toMatchObject({
    family: 'toy',
    parameters,
    experts: 0,
    quantization: 'none',
    quant_method: null,
    adaptable: { modules, parameters: [] },
  });
});

it('is adapted: every linear layer, out to PEFT and in again', async () => {
  const { files, targets } = await planned();
  expect(targets.length).toBe(2 * 6);
  expect(targets[0]!.keyA).toBe('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight');
  const tensors = initialAdapter(targets, 1);
  const { configJson, safetensors } = exportAdapter(targets, tensors, lora, 'toy');
  const saved = await openCheckpoint(bytesDirectory('adapter', new Map([['adapter_model.safetensors', safetensors]])), 'adapter_model');
  const again = await importAdapter(configJson, saved, adaptableWeights(files.config));
  expect(again).toMatchObject({ targets, tensors });
});

it('is refused by a table that does not hold it, in a sentence that lists the table', async () => {
  const { toy: entry, ...others } = families;
  delete families.toy;
  await expect(readModelConfig(toyFolder())).rejects.toThrow(
    `toy is a toy model; Mother Tongue runs models of these architectures (model_type): ${Object.keys(others).join(', ')}.`,
  );
  families.toy = entry!;
});
