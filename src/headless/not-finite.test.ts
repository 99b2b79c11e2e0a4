/** NaN and infinity in a model's files: refused while the weights are read for the GPU, with the tensor and the place. No GPU is needed for that. */
import { describe, expect, it } from 'vitest';
import type { Bytes, Directory } from '../engine/files/source.ts';
import type { Gpu } from '../engine/gpu/device.ts';
import { Store } from '../engine/gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../engine/graph/op.ts';
import type { TensorKind } from '../engine/models/family.ts';
import { type ModelFiles, openModelFiles } from '../engine/models/files.ts';
import { HostTable } from '../engine/models/host-table.ts';
import { type LoadedModel, loadWeights } from '../engine/models/load.ts';
import { nodeDirectory } from './node-files.ts';

const models = ['mxfp4-yarn', 'bf16-sharded', 'f32-truncated-yarn'] as const;
const folder = (name: string): Directory => nodeDirectory(new URL(`../../e2e/fixtures/models/${name}`, import.meta.url).pathname);

/** Takes everything and keeps nothing. */
const sink = (): Store => {
  const device = { queue: { submit: () => {}, writeBuffer: () => {} } };
  const gpu = { device, buffer: (size: number) => ({ size }), destroy: () => {}, idle: async () => {}, allocated: async () => {} };
  return new Store(gpu as unknown as Gpu); // the part of a GPU that loading calls
};
const load = (files: ModelFiles, largestTableOnGpu?: number): Promise<LoadedModel> =>
  loadWeights(sink(), files, DEFAULT_CAPABILITIES, largestTableOnGpu === undefined ? {} : { largestTableOnGpu });

/** The same files, with other bytes in one place of a file. */
const patched = (directory: Directory, file: string, at: number, bytes: readonly number[]): Directory => ({
  ...directory,
  open: (path) => {
    const source = directory.open(path);
    if (path !== file) return source;
    const read = async (offset: number, length: number): Promise<Bytes> => {
      const copy = (await source.read(offset, length)).slice();
      for (const [i, byte] of bytes.entries()) if (at + i >= offset && at + i < offset + length) copy[at + i - offset] = byte;
      return copy;
    };
    return { name: path, size: source.size, read };
  },
});

const NAN = { F32: [0, 0, 0xc0, 0x7f], BF16: [0xc0, 0x7f] };
const INFINITY = { F32: [0, 0, 0x80, 0xff], BF16: [0x80, 0xff] };

/** Damages the second element of the last row of the first tensor of a kind. */
const damage = async (
  model: string,
  kind: TensorKind,
  bytes: { F32: number[]; BF16: number[] },
): Promise<{ files: ModelFiles; name: string; place: string }> => {
  const directory = folder(model);
  const { tensors, checkpoint } = await openModelFiles(directory);
  const { name, shape } = tensors.find((tensor) => tensor.kind === kind)!;
  const { file, offset, bytes: size, dtype } = checkpoint.tensors.get(name)!;
  const values = kind === 'scales' ? [255] : bytes[dtype as 'F32'];
  const rowBytes = size / shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const at = shape.length === 1 ? offset + values.length : offset + size - rowBytes + values.length;
  const place = `[${[...shape.slice(0, -1).map((d) => d - 1), 1].join(', ')}]`;
  return { files: await openModelFiles(patched(directory, file, at, values)), name, place };
};

describe('weights that are not finite', () => {
  it.each(models)('are in none of %s', async (model) => {
    await expect(load(await openModelFiles(folder(model)))).resolves.toMatchObject({ table: null });
  });

  it.each([
    ['mxfp4-yarn', 'vector'],
    ['mxfp4-yarn', 'matrix'],
    ['bf16-sharded', 'vector'],
    ['bf16-sharded', 'matrix'],
    ['bf16-sharded', 'experts'],
    ['f32-truncated-yarn', 'vector'],
    ['f32-truncated-yarn', 'matrix'],
    ['f32-truncated-yarn', 'experts'],
  ] as const)('are refused: %s, %s', async (model, kind) => {
    for (const [value, bytes] of [
      ['NaN', NAN],
      ['-Infinity', INFINITY],
    ] as const) {
      const { files, name, place } = await damage(model, kind, bytes);
      await expect(load(files)).rejects.toThrow(`Tensor ${name} holds ${value} at ${place} (model`);
    }
  });

  it('are refused among scales', async () => {
    const { files, name, place } = await damage('mxfp4-yarn', 'scales', NAN);
    await expect(load(files)).rejects.toThrow(`Tensor ${name} has the MXFP4 scale byte 255 at ${place} (model`);
  });

  it('are refused in a table that stays with the file, when its row is read', async () => {
    const { files, name } = await damage('bf16-sharded', 'matrix', NAN);
    const [rows] = files.checkpoint.tensors.get(name)!.shape as [number];
    const table = new HostTable(files.checkpoint, name);
    await expect(table.rows([0, 1])).resolves.toBeDefined();
    await expect(table.rows([0, rows - 1])).rejects.toThrow(`Tensor ${name} holds NaN at [${rows - 1}, 1]`);
  });
});
