/**
 * For the tests of surviving: a model of two layers that loads and steps within a tenth of a second, thirty rows of data, and a engine as the worker has it, over
 * any store and any GPU, whose events are kept. Also runs in the child process of kill.gpu.test.ts, so nothing here knows of vitest.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeSynthetic } from '../../lab/synthetic/folder.ts';
import { readDataset } from '../../src/engine/api/data.ts';
import { openDevice } from '../../src/engine/api/device.ts';
import { type EnginePlaces, EngineState } from '../../src/engine/api/engine-state.ts';
import { loadModel } from '../../src/engine/api/model.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { type Json, readJson } from '../../src/headless/json-files.ts';
import type { EngineEvent } from '../../src/protocol/engine.ts';
import type { FolderFile, ModelSource } from '../../src/protocol/model.ts';
import type { StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

const ROWS = 30;

/** Writes the model; returns its folder. */
export async function writeTinyModel(folder: string): Promise<string> {
  const config = readJson(resolve('e2e/fixtures/models/mxfp4-yarn/config.json')) as Json;
  const progress = { signal: new AbortController().signal, onBytes: () => undefined };
  await writeSynthetic(folder, { config: { ...config, max_position_embeddings: 1024 }, layers: 2, vocabulary: 2560, seed: 3 }, progress);
  return folder;
}

export function tinySource(folder: string): ModelSource {
  const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors.index.json'];
  const { weight_map } = JSON.parse(readFileSync(resolve(folder, names.at(-1)!), 'utf8')) as { weight_map: Record<string, string> };
  const files = [...names, ...new Set(Object.values(weight_map))].map((path): FolderFile => {
    return { path, file: new Blob([new Uint8Array(readFileSync(resolve(folder, path)))]) };
  });
  return { kind: 'folder', name: 'tiny', files };
}

export interface TestEngine {
  readonly engine: EngineState;
  readonly events: EngineEvent[];
  /** Loads the model. */
  load(): Promise<unknown>;
  losses(): [number, number][];
}

/** A engine with a GPU and the data, without a model yet. */
export async function openTestEngine(webgpu: GPU, folder: string, places: Partial<EnginePlaces> = {}): Promise<TestEngine> {
  const engine = new EngineState({ files: memoryStore(), models: null, webgpu, ...places });
  const events: EngineEvent[] = [];
  engine.emit = (event) => events.push(event);
  await openDevice(engine, true);
  const lines = readFileSync(resolve('public/datasets/mini/train.jsonl'), 'utf8').split('\n').slice(0, ROWS);
  await readDataset(engine, { kind: 'file', file: new Blob([`${lines.join('\n')}\n`]), name: 'rows.jsonl' });
  return {
    engine,
    events,
    load: () => loadModel(engine, tinySource(folder)),
    losses: () => stepsOf(events).map(({ step, loss }) => [step, loss]),
  };
}

/** Bytes on the GPU, without readback buffers that are kept for their next use (few, of at most a megabyte). Also finds what the store does not know of. */
export function held({ engine }: TestEngine): number {
  const { gpu, model } = engine;
  const stored = model?.session.store.bytes() ?? 0;
  const readback = gpu!.counters.bytes - stored;
  if (readback < 0 || readback > 3 * 2 ** 20) throw new Error(`${readback} bytes on the GPU belong to nobody.`);
  return stored;
}

export function stepsOf(events: readonly EngineEvent[]): StepMetrics[] {
  return events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
}

/** Attention and the experts of one layer; evaluations on the way, so that a resume has more to get right than the loss. */
export function tinySettings(over: Partial<TrainingSettings> = {}): TrainingSettings {
  return {
    encoding: { template: 'trl', date: '2025-08-05', max_length: 160, assistant_only_loss: true, inject_reasoning_language: true },
    lora: {
      r: 6,
      lora_alpha: 12,
      target_modules: 'all-linear',
      target_parameters: ['1.mlp.experts.gate_up_proj', '1.mlp.experts.down_proj'],
      use_rslora: false,
      rank_pattern: {},
      alpha_pattern: {},
    },
    optimizer: {
      learning_rate: 5e-3,
      lr_scheduler_type: 'cosine_with_min_lr',
      lr_scheduler_kwargs: { min_lr_rate: 0.1 },
      warmup_steps: 2,
      weight_decay: 0.01,
      adam_beta1: 0.9,
      adam_beta2: 0.99,
      adam_epsilon: 1e-8,
      max_grad_norm: 1,
    },
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 1,
    num_train_epochs: 1,
    max_steps: 12,
    router_aux_loss_coef: 0.01,
    seed: 7,
    validation_split: 0.1,
    eval_steps: 5,
    adherence_steps: 0,
    adherence_languages: [],
    ...over,
  };
}

/** Numbers that are the same on every machine and every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export type { Bytes };
