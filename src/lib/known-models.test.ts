/** The configurations known by heart are the published ones. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { answer } from '../engine/api/planner.ts';
import { DEFAULT_CAPABILITIES } from '../engine/graph/op.ts';
import { parseModelConfig } from '../engine/models/config.ts';
import { expectedTensors } from '../engine/models/index.ts';
import { countParameters, plannedWeights } from '../engine/models/tensors.ts';
import { GPU_SIZES } from '../state/planning.ts';
import { startingSettings } from '../state/presets.ts';
import { gptOss20b, knownConfig, knownModels } from './known-models.ts';

it('gpt-oss-20b is its own config.json', () => {
  const published = JSON.parse(readFileSync(new URL('../../e2e/fixtures/configs/gpt-oss-20b/config.json', import.meta.url), 'utf8'));
  expect(gptOss20b).toEqual(published);
});

it('is found whatever the case, and nothing else is', () => {
  expect(knownConfig(' OpenAI/GPT-oss-20b ')).toBe(gptOss20b);
  expect(knownConfig('openai/gpt-oss-120b')).toBeNull();
});

it.each(knownModels)('$repository has as many parameters as the Hub counts', ({ repository, config, parameters }) => {
  const parsed = parseModelConfig(JSON.stringify(config), repository);
  const counted = countParameters(expectedTensors(parsed).map((tensor) => ({ ...tensor, dtype: tensor.dtypes[0]! })));
  expect(counted).toBe(parameters);
});

it.each(knownModels)('$repository trains from a GPU of $gpu GiB on, and on none below', ({ repository, config, gpu }) => {
  const parsed = parseModelConfig(JSON.stringify(config), repository);
  const capabilities = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 2 ** 31, maxBufferSize: 2 ** 32 }; // as desktop GPUs have them
  const model = { config: parsed, weights: plannedWeights(parsed), capabilities };
  const verdictOn = (gib: number) =>
    answer(model, {
      lora: { ...startingSettings.lora, r: 16 },
      max_length: 512,
      per_device_train_batch_size: 1,
      checkpoint_dtype: 'float32',
      cache_length: 512,
      cache_rows: 1,
      gpu_bytes: gib * 2 ** 30,
      verdict_only: true,
    }).verdict;
  expect(GPU_SIZES.find((gib) => verdictOn(gib) !== 'does-not-fit')).toBe(gpu);
});

it('are listed from the smallest on', () => {
  const counts = knownModels.map(({ parameters }) => parameters);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
});
