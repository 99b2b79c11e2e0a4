/** A synthetic folder as the engine's own reader sees it, and what makes it be written again. */
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openText } from '../../src/engine/chat/open-text.ts';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { checkTensors, quantMethod } from '../../src/engine/models/tensors.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { writeSynthetic } from './folder.ts';
import { TensorBytes } from './tensor-bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'synthetic-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config: Json = {
  ...(JSON.parse(readFileSync('e2e/fixtures/configs/gpt-oss-20b/config.json', 'utf8')) as Json),
  hidden_size: 64,
  intermediate_size: 32,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  num_local_experts: 3,
  num_experts_per_tok: 2,
  vocab_size: 2560,
};
const progress = { signal: new AbortController().signal, onBytes: () => {} };
const write = (seed = 1) => writeSynthetic(folder, { config, layers: 3, seed }, progress);

describe('a folder', () => {
  beforeAll(async () => {
    expect(await write()).toMatchObject({ written: true });
  });

  it('is a checkpoint that fits its config, in two files', async () => {
    const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    const parsed = gptOss.parse(json, 'synthetic');
    expect(parsed.layer_types).toEqual(['sliding_attention', 'full_attention', 'sliding_attention']);
    const checkpoint = await openCheckpoint(nodeDirectory(folder));
    expect(quantMethod(checkTensors(parsed, checkpoint))).toBe('mxfp4');
    expect(new Set([...checkpoint.tensors.values()].map(({ file }) => file)).size).toBe(2);
  });

  it('holds the bytes of the function, also after the first tensor of a file', async () => {
    const checkpoint = await openCheckpoint(nodeDirectory(folder));
    for (const [name, { shape, bytes }] of checkpoint.tensors) {
      const want = new TensorBytes({ name, shape, bytes, dtype: 'U8' }, 1).read(0, bytes);
      expect(await checkpoint.read(name, 0, bytes), name).toEqual(want);
    }
  });

  it('has a tokenizer of its own', async () => {
    const { tokenizer } = await openText(nodeDirectory(folder));
    expect(tokenizer.decode(tokenizer.encodeText('a'))).toBe('a');
  });

  it('is not written again while it is whole', async () => expect(await write()).toMatchObject({ written: false }));

  it('is written again when a file was cut short', async () => {
    truncateSync(join(folder, 'model-00001-of-00001.safetensors'), 1000);
    expect(await write()).toMatchObject({ written: true });
    await openCheckpoint(nodeDirectory(folder));
  });

  it('is written again for another seed', async () => expect(await write(2)).toMatchObject({ written: true }));
});

it('refuses a vocabulary that the bundled tokenizer does not fit into', async () => {
  const run = writeSynthetic(folder, { config, vocabulary: 100, seed: 1 }, progress);
  await expect(run).rejects.toThrow('--vocab is 100, and the bundled tokenizer needs at least 2560.');
});
