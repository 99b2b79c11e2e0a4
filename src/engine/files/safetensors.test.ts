/** The reader against honest files, files that lie in every way the format allows, and random damage. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from './json-scan.ts';
import { openCheckpoint } from './safetensors-read.ts';
import { f32Tensor, type TensorData, writeSafetensors } from './safetensors-write.ts';
import { type Bytes, bytesDirectory, createDirectory, type Directory } from './source.ts';

/** A file with any header text and any data, however wrong. */
function rawFile(header: string, data: number, announced?: bigint): Bytes {
  const json = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + json.length + data);
  new DataView(out.buffer).setBigUint64(0, announced ?? BigInt(json.length), true);
  out.set(json, 8);
  return out;
}

const model = (file: Bytes): Directory => bytesDirectory('folder', new Map([['model.safetensors', file]]));
const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({ dtype, shape, data_offsets: [begin, end] });
const headerOf = (entries: Record<string, unknown>): string => JSON.stringify(entries);

const tensors = new Map<string, TensorData>([
  ['b.weight', f32Tensor(Float32Array.of(1, -2, 3.5, 4), 2, 2)],
  ['a.scales', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ['c.bias', { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0xc000) }],
  ['d.half', { dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0x0001) }],
  ['empty', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
]);

describe('an honest file', () => {
  it('reads back what was written, by tensor and by range', async () => {
    const checkpoint = await openCheckpoint(model(writeSafetensors(tensors)));
    expect([...checkpoint.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    expect(checkpoint.metadata).toEqual({ format: 'pt' });
    expect(checkpoint.tensors.get('b.weight')).toMatchObject({ dtype: 'F32', shape: [2, 2], file: 'model.safetensors', bytes: 16 });
    expect([...(await checkpoint.readFloats('b.weight'))]).toEqual([1, -2, 3.5, 4]);
    expect([...(await checkpoint.readFloats('c.bias'))]).toEqual([1, -2]);
    expect([...(await checkpoint.readFloats('d.half'))]).toEqual([1, 2 ** -24]);
    expect([...(await checkpoint.read('a.scales', 1, 2))]).toEqual([2, 3]);
    expect((await checkpoint.readFloats('empty')).length).toBe(0);
    await expect(checkpoint.read('a.scales', 1, 3)).rejects.toThrow(RangeError);
    await expect(checkpoint.readFloats('a.scales')).rejects.toThrow(/a\.scales is U8/);
    await expect(checkpoint.read('nothing')).rejects.toThrow(/no tensor nothing/);
  });

  it('is the same bytes whatever the order of the tensors, and data begins at a multiple of 8', () => {
    const file = writeSafetensors(tensors);
    expect(writeSafetensors(new Map([...tensors].reverse()))).toEqual(file);
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('addresses tensors beyond 4 GiB', async () => {
    const size = 4_800_000_000;
    const header = new TextEncoder().encode(
      headerOf({ big: entry('U8', [size - 4], 0, size - 4), last: entry('F32', [1], size - 4, size) }),
    );
    const directory = createDirectory('huge', [
      {
        path: 'model.safetensors',
        size: 8 + header.length + size,
        readRange: async (offset, length) => {
          if (offset === 0) return new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
          if (offset === 8) return header;
          expect([offset, length]).toEqual([8 + header.length + size - 4, 4]);
          return new Uint8Array(Float32Array.of(42).buffer);
        },
      },
    ]);
    expect([...(await (await openCheckpoint(directory)).readFloats('last'))]).toEqual([42]);
  });
});

it('metadata may be null, as in the Rust library', async () => {
  const { metadata, tensors: none } = await openCheckpoint(model(rawFile('{"__metadata__":null}', 0)));
  expect([metadata, none.size]).toEqual([{}, 0]);
});

describe('a file that lies', () => {
  const cases: [string, Bytes, RegExp][] = [
    ['empty', new Uint8Array(3), /has 3 bytes, fewer than the 8/],
    ['header length beyond the cap', rawFile('{}', 0, 100_000_001n), /more than the limit of 100000000/],
    ['header length beyond 2^53', rawFile('{}', 0, 2n ** 64n - 1n), /18446744073709551615 bytes, more than/],
    ['header longer than the file', rawFile('{}', 0, 500n), /header of 500 bytes but has only 10/],
    ['header that is a list', rawFile('[]', 0), /does not begin with \{/],
    ['header that is cut JSON', rawFile('{"a":', 0), /not valid UTF-8 JSON/],
    ['zip renamed', Uint8Array.from([...rawFile('PK', 4)]), /does not begin with \{/],
    [
      'the same tensor twice',
      rawFile('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
      /names a more than once/,
    ],
    [
      'the same name escaped',
      rawFile('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}', 0),
      /names a more than once/,
    ],
    ['unknown dtype', rawFile(headerOf({ a: entry('F33', [1], 0, 4) }), 4), /tensor a has unknown dtype "F33"/],
    ['no dtype', rawFile(headerOf({ a: { shape: [1], data_offsets: [0, 4] } }), 4), /tensor a has no dtype/],
    ['dtype of Object.prototype', rawFile(headerOf({ a: entry('toString', [1], 0, 4) }), 4), /unknown dtype "toString"/],
    ['negative shape', rawFile(headerOf({ a: entry('F32', [-1, -1], 0, 4) }), 4), /not a list of whole numbers/],
    ['shape overflow', rawFile(headerOf({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }), 4), /too large to address/],
    ['size against shape', rawFile(headerOf({ a: entry('F32', [2], 0, 4) }), 4), /has 4 bytes where F32 \[2\] needs 8/],
    ['half a byte', rawFile(headerOf({ a: entry('F4', [1], 0, 1) }), 1), /not a whole number of bytes/],
    ['offsets backwards', rawFile(headerOf({ a: entry('F32', [1], 8, 4) }), 8), /has -4 bytes/],
    ['overlap', rawFile(headerOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }), 8), /tensor b overlaps/],
    ['hole', rawFile(headerOf({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }), 12), /hole of 4 bytes before tensor b/],
    ['cut short', rawFile(headerOf({ a: entry('F32', [4], 0, 16) }), 12), /where its header needs .*cut short/],
    ['too long', rawFile(headerOf({ a: entry('F32', [1], 0, 4) }), 9), /has 5 bytes after its last tensor/],
    ['metadata of numbers', rawFile('{"__metadata__":{"format":1}}', 0), /__metadata__ that is not a map of strings/],
    ['tensor that is null', rawFile('{"a":null}', 0), /tensor a is not described by an object/],
  ];
  it.each(cases)('%s', async (_, file, message) => {
    await expect(openCheckpoint(model(file))).rejects.toThrow(message);
  });

  it('reports all problems at once', async () => {
    const file = rawFile(headerOf({ a: entry('F32', [2], 0, 4), b: entry('F99', [1], 4, 8), c: { dtype: 'F32' } }), 8);
    await expect(openCheckpoint(model(file))).rejects.toThrow(/tensor a .*tensor b .*tensor c .*Download the file again/);
  });
});

describe('shards', () => {
  const shard = (...names: string[]): Bytes => writeSafetensors(new Map(names.map((name, i) => [name, f32Tensor(Float32Array.of(i), 1)])));
  const index = (map: Record<string, string>): Bytes => new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: map }));
  const sharded = (map: Record<string, string>, files: Record<string, Bytes>): Directory =>
    bytesDirectory('folder', new Map(Object.entries({ ...files, 'model.safetensors.index.json': index(map) })));

  it('finds each tensor in the file the index names, whatever the files are called', async () => {
    const directory = sharded(
      { x: 'model-00000-of-00002.safetensors', y: 'model-00002-of-00002.safetensors' },
      {
        'model-00000-of-00002.safetensors': shard('x'),
        'model-00002-of-00002.safetensors': shard('pad', 'y'),
      },
    );
    const checkpoint = await openCheckpoint(directory);
    expect([...checkpoint.tensors.keys()]).toEqual(['x', 'y']);
    expect([...(await checkpoint.readFloats('y'))]).toEqual([1]);
  });

  it('lists every missing shard', async () => {
    await expect(
      openCheckpoint(sharded({ x: '1.safetensors', y: '2.safetensors', z: '3.safetensors' }, { '2.safetensors': shard('y') })),
    ).rejects.toThrow(/"1\.safetensors" is not in the folder; "3\.safetensors" is not in the folder/);
  });

  it('lists tensors that are not where the index says, together with broken shards', async () => {
    const files = { '1.safetensors': shard('x'), '2.safetensors': shard('z').subarray(0, 20) };
    await expect(openCheckpoint(sharded({ x: '1.safetensors', y: '1.safetensors', z: '2.safetensors' }, files))).rejects.toThrow(
      /1\.safetensors lacks tensor y.*2\.safetensors announces/,
    );
  });

  // "announces a header of 2336927755350992246 bytes".
  it('is named where Git LFS keeps it elsewhere', async () => {
    const pointer = Uint8Array.from(Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 5\n`));
    const directory = bytesDirectory(
      'folder',
      new Map([
        ['model.safetensors', pointer],
        ['config.json', pointer],
      ]),
    );
    await expect(openCheckpoint(directory)).rejects.toThrow(
      'folder cannot be read: model.safetensors is a Git LFS pointer, not the file itself; fetch the file with git lfs pull',
    );
    await expect(directory.readText('config.json')).rejects.toThrow('config.json of folder is a Git LFS pointer, not the file itself');
  });

  it('says what is missing when there are no weights, and why a pickle is not read', async () => {
    await expect(openCheckpoint(bytesDirectory('folder', new Map()))).rejects.toThrow(
      /folder has neither model\.safetensors nor model\.safetensors\.index\.json/,
    );
    await expect(openCheckpoint(bytesDirectory('folder', new Map([['pytorch_model.bin', new Uint8Array(1)]])))).rejects.toThrow(
      /pytorch_model\.bin is a pickle/,
    );
  });

  it.each(['not json', '{}', '{"weight_map":[]}', '{"weight_map":{"x":5}}', 'null'])('refuses the index %s', async (text) => {
    const directory = bytesDirectory('folder', new Map([['model.safetensors.index.json', new TextEncoder().encode(text)]]));
    await expect(openCheckpoint(directory)).rejects.toMatchObject({ name: 'FileError' });
  });
});

describe('random damage', () => {
  const good = writeSafetensors(tensors);
  const survivesOrSaysSo = async (file: Bytes): Promise<void> => {
    let checkpoint: Awaited<ReturnType<typeof openCheckpoint>>;
    try {
      checkpoint = await openCheckpoint(model(file));
    } catch (error) {
      expect((error as Error).name).toBe('FileError');
      return;
    }
    for (const [name, tensor] of checkpoint.tensors) expect((await checkpoint.read(name)).byteLength).toBe(tensor.bytes);
  };

  it('any truncation is refused', async () => {
    for (let length = 0; length < good.length; length++)
      await expect(openCheckpoint(model(good.subarray(0, length)))).rejects.toMatchObject({ name: 'FileError' });
  });

  it('any changed bytes are refused or leave a readable file', async () => {
    const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const file = good.slice();
        for (const { at, to } of changes) file[at] = to;
        await survivesOrSaysSo(file);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  it('any JSON as header is refused or leaves a readable file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(32), (json, data) => survivesOrSaysSo(rawFile(json, data))),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe('duplicateKeys', () => {
  const duplicateKeys = (json: string): string[] => scanJson(json).doubledKeys;

  it('agrees with a parse that keeps every key', () => {
    expect(duplicateKeys('{"a":1,"b":{"a":2},"c":["a","a",{"x":1}],"a":"\\"a\\",\\"b\\""}')).toEqual(['a']);
    expect(duplicateKeys('{"a":{"dtype":"U8","dtype":"F32"}}')).toEqual(['dtype']);
    expect(duplicateKeys('[{"a":1},{"a":1}]')).toEqual([]);
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => duplicateKeys(JSON.stringify(value)).length === 0));
  });
});

describe('a hostile header', () => {
  const file = (header: string, data = 0): Uint8Array<ArrayBuffer> => {
    const text = new TextEncoder().encode(header);
    const bytes = new Uint8Array(8 + text.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  const open = (bytes: Uint8Array<ArrayBuffer>) => openCheckpoint(bytesDirectory('x', new Map([['model.safetensors', bytes]])));
  const tensor = (changes: object) => JSON.stringify({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...changes } });
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  it.each([
    ['a shape 100,000 lists deep', `{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,4]}}`],
    ['metadata 100,000 lists deep', `{"__metadata__":${deep}}`],
    ['a shape of a million numbers', tensor({ shape: Array(1_000_000).fill(2) })],
    ['a dtype of a megabyte', tensor({ dtype: 'F'.repeat(1_000_000) })],
    ['an offset of 1e300', tensor({ data_offsets: [0, 1e300] })],
    ['offsets that run backwards', tensor({ data_offsets: [4, 0] })],
    ['a negative size', tensor({ shape: [-1] })],
    ['a product beyond what numbers hold', tensor({ shape: [2 ** 40, 2 ** 40] })],
    ['300,000 wrong tensors', `{${Array.from({ length: 300_000 }, (_, i) => `"t${i}":0`).join()}}`],
    [
      '300,000 tensors in one place',
      `{${Array.from({ length: 300_000 }, (_, i) => `"t${i}":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`).join()}}`,
    ],
    ['a name of a megabyte twice', `{"${'n'.repeat(1_000_000)}":0,"${'n'.repeat(1_000_000)}":1}`],
  ])('%s is one error of a readable length', async (_, header) => {
    const began = process.cpuUsage(); // of this process: other work of the machine does not count
    const error: Error = await open(file(header, 4)).then(
      () => new Error('it was read'),
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ name: 'FileError', message: expect.stringMatching(/^x cannot be read: model\.safetensors/) });
    expect(error.message.length).toBeLessThan(2_100_000);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
