import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADAPTER_FILES, adapterFolder } from '../engine/files/adapter.ts';
import { openCheckpoint } from '../engine/files/safetensors-read.ts';
import { blobSource, bytesDirectory } from '../engine/files/source.ts';
import { zipDirectory } from '../engine/files/zip.ts';
import { modelFolder } from '../engine/models/files.ts';
import { modelDirectory } from './model-folder.ts';
import { nodeDirectory } from './node-files.ts';
import { nodeStore } from './node-store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('nodeDirectory', () => {
  it('lists files below, follows links, leaves out hidden and dangling ones, and reads ranges', async () => {
    mkdirSync(join(folder, 'sub/.git'), { recursive: true });
    writeFileSync(join(folder, 'sub/a.bin'), Uint8Array.of(1, 2, 3));
    writeFileSync(join(folder, 'sub/.git/x'), 'x');
    symlinkSync(join(folder, 'sub/a.bin'), join(folder, 'link.bin'));
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.bin'));
    const directory = nodeDirectory(folder);
    expect(directory.list()).toEqual(['link.bin', 'sub/a.bin']);
    expect([...(await directory.open('link.bin').read(1, 2))]).toEqual([2, 3]);
  });

  it('names a folder that is not there', () => {
    expect(() => nodeDirectory(join(folder, 'none'))).toThrow(/none is not a folder that can be read/);
  });

  it('notices a file that was cut after it was listed', async () => {
    writeFileSync(join(folder, 'a.bin'), new Uint8Array(10));
    const source = nodeDirectory(folder).open('a.bin');
    writeFileSync(join(folder, 'a.bin'), new Uint8Array(4));
    await expect(source.read(2, 6)).rejects.toThrow(/a\.bin gave 2 of 6 bytes at 2/);
  });
});

describe('nodeStore', () => {
  it('keeps, lists, replaces and deletes', async () => {
    const store = nodeStore(join(folder, 'runs'));
    await store.put('a.1.json', Uint8Array.of(1));
    await store.put('a.1.json', Uint8Array.of(2, 3));
    writeFileSync(join(folder, 'runs', 'b.part'), 'unfinished');
    expect(await store.list()).toEqual(['a.1.json']);
    expect(await nodeStore(join(folder, 'runs')).get('a.1.json')).toEqual(Uint8Array.of(2, 3));
    await store.delete('a.1.json');
    await store.delete('a.1.json');
    expect(await store.get('a.1.json')).toBeNull();
  });
});

describe('a model folder inside the chosen one', () => {
  it('is what the verbs open', async () => {
    mkdirSync(join(folder, 'run/checkpoint-9'), { recursive: true });
    mkdirSync(join(folder, 'run/checkpoint-10'));
    for (const step of [9, 10]) {
      writeFileSync(join(folder, `run/checkpoint-${step}/config.json`), `{"step":${step}}`);
      writeFileSync(join(folder, `run/checkpoint-${step}/model.safetensors`), 'x');
    }
    expect(await modelDirectory(folder).readText('config.json')).toBe('{"step":10}');
    expect(modelDirectory(folder).name).toBe(`${folder} (run/checkpoint-10)`);
  });

  it('is not asked of a folder that has a tokenizer alone', () => {
    writeFileSync(join(folder, 'tokenizer.json'), '{}');
    expect(modelDirectory(folder).list()).toEqual(['tokenizer.json']);
  });
});

it('a GGUF file in the place of an adapter or a model says that it comes later', async () => {
  const later =
    /^lora\.gguf is a GGUF file, which comes later; until then open the model's Hugging Face folder, or the adapter's PEFT folder or zip\.$/;
  const folder = bytesDirectory('m', new Map([['lora.gguf', new TextEncoder().encode('GGUF')]]));
  expect(() => adapterFolder(folder)).toThrow(later);
  expect(() => modelFolder(folder)).toThrow(later);
  const beside = bytesDirectory('m', new Map(['lora.gguf', 'config.json'].map((name) => [name, new TextEncoder().encode('{}')])));
  await expect(openCheckpoint(beside)).rejects.toThrow(later);
  await expect(zipDirectory(blobSource('lora.gguf', new Blob(['GGUF'])), ADAPTER_FILES, 1000)).rejects.toThrow(later);
  expect(() => nodeDirectory('/nowhere/lora.gguf')).toThrow(later);
});
