/** Readers of containers and adapters: what is unpacked is what was packed, and what an adapter gives has the model's shapes and finite values. */

import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { ADAPTER_FILES, exportAdapter, importAdapter, readAdapter } from '../../src/engine/files/adapter.ts';
import { both, plan, settings, weights } from '../../src/engine/files/adapter-cases.ts';
import { parseAdapterConfig } from '../../src/engine/files/adapter-config.ts';
import { initialAdapter, largestAdapter, sizeA, sizeB } from '../../src/engine/files/adapter-plan.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { loadCheckpoint, type RunCheckpoint, saveCheckpoint } from '../../src/engine/files/checkpoint.ts';
import { DTYPE_BITS, type Dtype } from '../../src/engine/files/dtypes.ts';
import { readHeader } from '../../src/engine/files/safetensors-header.ts';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { f32Tensor, writeSafetensors } from '../../src/engine/files/safetensors-write.ts';
import { type Bytes, blobSource, bytesDirectory } from '../../src/engine/files/source.ts';
import { zipDirectory } from '../../src/engine/files/zip.ts';
import { defaultSettings } from '../../src/protocol/setting-values.ts';
import { bytesLike, jsonLike } from './mutations.ts';
import { allFinite, check, type Parser, parser, type Reading } from './parser.ts';

const targets = plan({ target_parameters: both });
const { configJson, safetensors } = exportAdapter(targets, initialAdapter(targets, 1), { ...settings, target_parameters: both }, 'base');
const files = { 'adapter_config.json': strToU8(configJson), 'adapter_model.safetensors': safetensors, 'README.md': strToU8('# x') };
const nested = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`run/checkpoint-3/${path}`, bytes]));
const zips = [zipSync(files, { level: 0 }), zipSync(files, { level: 6 }), zipSync(nested, { level: 1 })] as Bytes[];

function checkAdapter({ targets: found, tensors, settings: read }: Awaited<ReturnType<typeof importAdapter>>): void {
  check(found.length > 0 && allFinite(read), 'settings that are not finite');
  for (const target of found) {
    const [a, b] = [tensors.get(target.keyA), tensors.get(target.keyB)];
    check(a?.length === sizeA(target) && b?.length === sizeB(target), `other shapes for ${target.path}`);
    check(a.every(Number.isFinite) && b.every(Number.isFinite), `a value that is not finite in ${target.path}`);
    check(target.r >= 1 && Number.isSafeInteger(target.r) && Number.isFinite(target.scale), `rank ${target.r}, scale ${target.scale}`);
  }
}

/** The CRC-32 says whether these are the bytes that were packed. */
const zip = async (bytes: Bytes): Promise<Reading> => {
  const directory = await zipDirectory(blobSource('x.zip', new Blob([bytes])), ADAPTER_FILES, largestAdapter(weights));
  for (const path of directory.list()) {
    const { size } = directory.open(path);
    const unpacked = size === 0 ? new Uint8Array(0) : await directory.open(path).read(0, size);
    check(
      Object.values(files).some((original) => isSame(original, unpacked)),
      `${path} holds other bytes than were packed`,
    );
  }
  checkAdapter(await readAdapter(directory, weights));
  return 'accepted';
};

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const tensors = writeSafetensors(
  new Map([
    ['a', f32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)],
    ['b.weight', f32Tensor(new Float32Array(0), 0, 4)],
    ['c', { dtype: 'BF16', shape: [4], data: new Uint16Array(4) }],
  ]),
  { format: 'pt' },
);

/** Every byte after the header belongs to one tensor, and to no other. */
const header = async (bytes: Bytes): Promise<Reading> => {
  const { tensors: found, problems, metadata } = await readHeader(blobSource('x.safetensors', new Blob([bytes])));
  if (problems.length > 0) return 'refused';
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const ends = found
    .map(({ offset, bytes: size }) => ({ offset, end: offset + size }))
    .sort((a, b) => a.offset - b.offset || a.end - b.end);
  let at = 8 + length;
  for (const { offset, end } of ends) {
    check(offset === at, 'a hole or an overlap');
    at = end;
  }
  check(at === bytes.length, 'bytes that belong to no tensor');
  for (const { shape, dtype, bytes: size } of found)
    check(shape.reduce((product, n) => product * n, 1) * DTYPE_BITS[dtype as Dtype] === 8 * size, 'a shape that is not its bytes');
  check(new Set(found.map(({ name }) => name)).size === found.length, 'two tensors of one name');
  check(
    Object.values(metadata).every((text) => typeof text === 'string'),
    'metadata that are no texts',
  );
  return 'accepted';
};

const config = JSON.parse(configJson) as Record<string, unknown>;
const CONFIGS = [
  config,
  { ...config, rank_pattern: { q_proj: 4 }, alpha_pattern: { o_proj$: 8 }, use_rslora: true },
  { ...config, target_modules: 'all-linear' },
];

const adapterConfig = (text: string): Reading => {
  const { settings: read, base_model } = parseAdapterConfig(text, 'x');
  check(Number.isSafeInteger(read.r) && read.r >= 1 && read.lora_alpha > 0 && allFinite(read), `settings ${JSON.stringify(read)}`);
  check(
    Object.values(read.rank_pattern).every((r) => Number.isSafeInteger(r) && r >= 1),
    'a rank of a pattern',
  );
  check(
    Object.values(read.alpha_pattern).every((alpha) => alpha > 0),
    'an alpha of a pattern',
  );
  check(base_model === null || typeof base_model === 'string', 'a base that is no name');
  return 'accepted';
};

/** Both files of an adapter, each as it is or damaged. */
const adapter = async ([text, weightsFile]: readonly [string, Bytes]): Promise<Reading> => {
  const directory = bytesDirectory('x', new Map([['adapter_model.safetensors', weightsFile]]));
  checkAdapter(await importAdapter(text, await openCheckpoint(directory, 'adapter_model'), weights));
  return 'accepted';
};
const adapterFiles = fc.oneof(
  fc.tuple(jsonLike(CONFIGS), fc.constant(safetensors)),
  fc.tuple(fc.constant(configJson), bytesLike([safetensors])),
);

const stored = new Map<string, Bytes>();
const run = {
  id: 'run-1',
  model: 'm',
  dataset: 'd',
  settings: defaultSettings('2025-08-05'),
  samples: [],
} as unknown as RunCheckpoint['state']['run'];
const saved: RunCheckpoint = {
  state: { run, step: 3, data_order: 'x', hashes: { model: 'a', dataset: 'b' } },
  adapter: new Map([['k', Float32Array.of(1, 2)]]),
  m: new Map([['k', Float32Array.of(3, 4)]]),
  v: new Map([['k', Float32Array.of(5, 6)]]),
};
await saveCheckpoint(memoryStore(stored), saved);
const [recordName, dataName] = ['.json', '.safetensors'].map((end) => [...stored.keys()].find((name) => name.endsWith(end))!) as [
  string,
  string,
];

/** A checkpoint carries its hashes: it is the one that was saved, or none. */
const checkpoint = async ([record, data]: readonly [Bytes, Bytes]): Promise<Reading> => {
  const found = await loadCheckpoint(
    memoryStore(
      new Map([
        [recordName, record],
        [dataName, data],
      ]),
    ),
    'run-1',
  );
  if (!found) return 'refused';
  check(JSON.stringify(found.state) === JSON.stringify(saved.state), 'another state');
  for (const group of ['adapter', 'm', 'v'] as const)
    check([...found[group].get('k')!].join() === [...saved[group].get('k')!].join(), 'other values');
  return 'accepted';
};
const checkpointFiles = fc.oneof(
  fc.tuple(bytesLike([stored.get(recordName)!]), fc.constant(stored.get(dataName)!)),
  fc.tuple(fc.constant(stored.get(recordName)!), bytesLike([stored.get(dataName)!])),
);

export const fileParsers: Parser[] = [
  parser('zip', 201, bytesLike(zips), zip),
  parser('safetensors header', 202, bytesLike([tensors, safetensors]), header),
  parser('adapter_config.json', 203, jsonLike(CONFIGS), adapterConfig),
  parser('adapter import', 204, adapterFiles, adapter),
  parser('run checkpoint', 205, checkpointFiles, checkpoint),
];
