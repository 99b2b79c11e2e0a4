/** Every drop is taken by its place or refused in a sentence. */
import { expect, it } from 'vitest';
import { guessDrop, judgeDrop } from './drops.ts';

it.each([
  [['rows.jsonl'], 'dataset'],
  [['data/train.parquet', 'data/README.md'], 'dataset'],
  [['ROWS.CSV'], 'dataset'],
  [['adapter (1).zip'], 'adapter-zip'],
  [['run/adapter_config.json', 'run/adapter_model.safetensors', 'run/README.md'], 'adapter-folder'],
  [['adapter_config (1).json', 'adapter_model.safetensors'], 'adapter-folder'],
  [['m/config.json', 'm/model.safetensors', 'm/tokenizer.json'], 'model-folder'],
  [['config.json', 'model.safetensors', 'tokenizer.json'], 'model-folder'],
])('takes %j as %s', (paths, kind) => {
  expect(judgeDrop(paths).kind).toBe(kind);
});

it.each([
  [[], 'Nothing that can be read was dropped; drop a file or a folder.'],
  [['cat.png'], /^cat\.png is not what this page takes: a dataset/],
  [['a.jsonl', 'b.jsonl'], '2 dataset files were dropped; drop one at a time.'],
  [['config.json'], 'config.json is one file of a folder; drop the whole folder.'],
  [['adapter_config.json'], 'adapter_config.json is one file of a folder; drop the whole folder.'],
  [
    ['m/Qwen3-0.6B-Q8_0.gguf'],
    /^Qwen3-0\.6B-Q8_0\.gguf is a GGUF file, which comes later; until then open the model's Hugging Face folder/,
  ],
  [['m/README.md', 'm/lora.GGUF'], /^lora\.GGUF is a GGUF file/],
  [['a.png', 'b.png'], /^2 files, a\.png among them, are not/],
  [['model.safetensors'], /^model\.safetensors is not/],
])('refuses %j', (paths, words) => {
  expect(judgeDrop(paths)).toEqual({ kind: 'refused', sentence: expect.stringMatching(words) });
});

it('guesses where it would go by what a browser tells during the drag', () => {
  expect(guessDrop(['application/zip'])).toContain('Runs');
  expect(guessDrop(['text/csv'])).toContain('goes to Data');
  expect(guessDrop([''])).toContain('a model folder to Model');
  expect(guessDrop(['image/png'])).toMatch(/^This page takes/);
});
