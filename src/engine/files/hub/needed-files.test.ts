/** Which files are fetched, and what is said of repositories that cannot be used. */
import { describe, expect, it, vi } from 'vitest';
import { askHub } from './ask-hub.ts';
import { connect, RETRY_POLICY, retryAfter } from './connection.ts';
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

describe('sizes that no file has', () => {
  it.each([-1, 1e300, '12', null, undefined, 1.5, 2 ** 60])('%j is named with repository and file, wherever it stands', async (size) => {
    const entry = (path: string, stated: unknown) => ({ type: 'file', path, size: stated });
    const good = ['config.json', 'tokenizer.json', 'model.safetensors'];
    for (const wrong of good) {
      const tree = [...good, 'README.md'].map((path) => entry(path, path === wrong || path === 'README.md' ? size : 2));
      const answers = [{ sha: 'a'.repeat(40) }, tree];
      const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
        const text = String(url).includes('/resolve/') ? '{}' : JSON.stringify(answers.shift());
        return new Response(text, { status: String(url).includes('/resolve/') ? 206 : 200, headers: { 'Content-Range': 'bytes 0-1/2' } });
      });
      try {
        const connection = connect('https://hub.test', 'us/model', undefined, RETRY_POLICY);
        const asking = askHub(connection, 'main', null, 'id', () => undefined, new AbortController().signal);
        await expect(asking).rejects.toMatchObject({
          name: 'FileError',
          message: expect.stringMatching(new RegExp(`^The file list of us/model states a size that no file has for ${wrong} \\(.+\\);`)),
        });
      } finally {
        fetched.mockRestore();
      }
    }
  });
});
