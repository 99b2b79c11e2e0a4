/** The configurations known by heart are the published ones. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../engine/models/config.ts';
import { expectedTensors } from '../engine/models/index.ts';
import { countParameters } from '../engine/models/tensors.ts';
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

it('are listed from the smallest on', () => {
  const counts = knownModels.map(({ parameters }) => parameters);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
});
