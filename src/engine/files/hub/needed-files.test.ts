/** Which files are fetched, and what is said of repositories that cannot be used. */
import { describe, expect, it } from 'vitest';
import { retryAfter } from './connection.ts';
import type { HubFile } from './listing.ts';
import { neededFiles } from './needed-files.ts';

const files = (...paths: string[]): { commit: string; files: HubFile[] } => ({
  commit: 'c',
  files: paths.map((path) => ({ path, size: 1 })),
});
const index = (map: Record<string, unknown>) => async () => JSON.stringify({ weight_map: map });
const none = () => Promise.reject(new Error('the index is not asked for'));

describe('the files that loading needs', () => {
  it('are a single checkpoint where there is one, as openCheckpoint prefers it', async () => {
    const listing = files(
      'README.md',
      'model.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
      'config.json',
      'metal/model.bin',
    );
    expect((await neededFiles('a/b', listing, none)).map(({ path }) => path)).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors',
    ]);
  });

  it('are the shards that the index names, each once', async () => {
    const listing = files(
      'config.json',
      'tokenizer.json',
      'model.safetensors.index.json',
      'x-1.safetensors',
      'x-0.safetensors',
      'x-2.safetensors',
    );
    const map = { a: 'x-0.safetensors', b: 'x-1.safetensors', c: 'x-0.safetensors' };
    const needed = (await neededFiles('a/b', listing, index(map))).map(({ path }) => path);
    expect(needed).toEqual(['config.json', 'tokenizer.json', 'model.safetensors.index.json', 'x-0.safetensors', 'x-1.safetensors']);
  });

  it('are said to be missing by name', async () => {
    await expect(neededFiles('a/b', files('README.md'), none)).rejects.toThrow('a/b has no config.json and no tokenizer.json');
    await expect(neededFiles('a/b', files('config.json', 'tokenizer.json', 'pytorch_model.bin'), none)).rejects.toThrow(/only pickles/);
    const listing = files('config.json', 'tokenizer.json', 'model.safetensors.index.json');
    await expect(neededFiles('a/b', listing, index({ a: 'x.safetensors' }))).rejects.toThrow(
      /names x\.safetensors, which the repository lacks/,
    );
    for (const bad of [{}, { a: '../x.safetensors' }, { a: 'x.bin' }, { a: 3 }]) {
      await expect(neededFiles('a/b', listing, index(bad))).rejects.toThrow(/has no weight_map/);
    }
    await expect(neededFiles('a/b', listing, async () => '{')).rejects.toThrow(/has no weight_map/);
  });
});

it('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-11-22T06:00:00Z');
  expect(retryAfter(null, now)).toBeUndefined();
  expect(retryAfter('120', now)).toBe(120_000);
  expect(retryAfter('Sun, 22 Nov 2026 06:01:30 GMT', now)).toBe(90_000);
  expect(retryAfter('Sun, 22 Nov 2026 05:00:00 GMT', now)).toBe(0);
  expect(retryAfter('soon', now)).toBeUndefined();
});
