/** Zips: what is unpacked is what was packed, or an error says what is damaged. Without the CRC-32 a flipped bit imported other weights. */
import { strToU8, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { AdaptableWeight } from './adaptable.ts';
import { ADAPTER_FILES, adapterFolder, exportAdapter, type ImportedAdapter, readAdapter } from './adapter.ts';
import { both, plan, settings, weights } from './adapter-cases.ts';
import { initialAdapter, largestAdapter } from './adapter-plan.ts';
import { type Bytes, blobSource, type Directory } from './source.ts';
import { zipDirectory } from './zip.ts';

const targets = plan({ target_parameters: both });
const { configJson, safetensors } = exportAdapter(targets, initialAdapter(targets, 1), { ...settings, target_parameters: both }, 'base');
const files = { 'adapter_config.json': strToU8(configJson), 'adapter_model.safetensors': safetensors };
const packed = (level: 0 | 1, entries: Zippable = files): Bytes => zipSync(entries, { level }) as Bytes;
const openZip = (bytes: Bytes, limit = largestAdapter(weights), name = 'my.zip'): Promise<Directory> =>
  zipDirectory(blobSource(name, new Blob([bytes])), ADAPTER_FILES, limit);
const read = async (bytes: Bytes, limit?: number): Promise<ImportedAdapter> => readAdapter(await openZip(bytes, limit), weights);
const changed = (bytes: Bytes, ...changes: [number, number[]][]): Bytes => {
  const copy = bytes.slice();
  for (const [at, values] of changes) copy.set(values, at);
  return copy;
};
const le32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)];
/** Of the header in the central directory. */
const headerOf = (bytes: Bytes, name: string): number => Buffer.from(bytes).lastIndexOf(name) - 46;

describe('a zip', () => {
  it.each([0, 1] as const)('gives what was packed, at level %d', async (level) => {
    const adapter = await read(packed(level));
    expect(adapter.targets).toEqual(targets);
    expect(adapter.tensors).toEqual(initialAdapter(targets, 1));
  });

  it('lists and unpacks nothing but the files of adapters', async () => {
    const zip = packed(1, { ...files, '../../evil.txt': strToU8('x'), 'README.md': strToU8('x'), 'adapter_config.json.exe': strToU8('x') });
    expect((await openZip(zip)).list()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    const at = headerOf(zip, 'README.md');
    expect((await read(changed(zip, [at + 16, le32(0)]))).targets).toEqual(targets); // not used, so its CRC does not matter
  });

  it('may have other bytes in front of it and a comment behind it', async () => {
    const zip = packed(1);
    const around = new Uint8Array(500 + zip.length + 300);
    around.set(zip, 500);
    around[500 + zip.length - 2] = 300 & 255;
    around[500 + zip.length - 1] = 300 >> 8;
    expect((await read(around)).targets).toEqual(targets);
  });

  it('may be zip64', async () => {
    const zip = packed(0);
    const end = zip.length - 22;
    const view = new DataView(zip.buffer);
    const [bytes, offset] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
    const record = new DataView(new ArrayBuffer(56 + 20));
    record.setUint32(0, 0x06064b50, true);
    record.setBigUint64(32, 2n, true);
    record.setBigUint64(40, BigInt(bytes), true);
    record.setBigUint64(48, BigInt(offset), true);
    record.setUint32(56, 0x07064b50, true);
    record.setBigUint64(64, BigInt(end), true);
    const closed = changed(zip.slice(end), [8, [255, 255, 255, 255]], [12, new Array<number>(8).fill(255)]);
    const whole = new Uint8Array([...zip.slice(0, end), ...new Uint8Array(record.buffer), ...closed]);
    expect((await read(whole)).targets).toEqual(targets);
  });
});

describe('a damaged zip', () => {
  // 300 flips spread over the whole file: before, those in the weights were imported without a word.
  it.each([0, 1] as const)('never gives other weights, whichever bit is flipped, at level %d', { timeout: 60_000 }, async (level) => {
    const zip = packed(level);
    const whole = await read(zip);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const at = Math.floor((i * zip.length) / 300);
      const flipped = changed(zip, [at, [zip[at]! ^ (1 << (i % 8))]]);
      const result = await read(flipped).catch((error: Error) => error);
      if (result instanceof Error) {
        expect(['FileError', 'AdapterError']).toContain(result.name);
        refused++;
      } else expect(result).toEqual(whole);
    }
    expect(refused).toBeGreaterThan(250);
  });

  it('says which entry is damaged and how', async () => {
    const zip = packed(0);
    const at = headerOf(zip, 'adapter_model.safetensors');
    const size = safetensors.length;
    await expect(read(changed(zip, [at + 16, le32(1)]))).rejects.toThrow(/^adapter_model\.safetensors of my\.zip is damaged: its CRC-32/);
    await expect(read(changed(zip, [at + 24, le32(size - 8)]))).rejects.toThrow(`has ${size} bytes where the zip states ${size - 8}`);
    await expect(read(changed(zip, [at + 42, le32(7)]))).rejects.toThrow(/it is not where the zip says/);
    await expect(read(changed(zip, [at + 8, [1]]))).rejects.toThrow(/is encrypted/);
    await expect(read(changed(zip, [at + 10, [12]]))).rejects.toThrow(/packed by method 12/);
    const deflated = packed(1);
    const there = headerOf(deflated, 'adapter_model.safetensors');
    await expect(read(changed(deflated, [there + 24, le32(size - 8)]))).rejects.toThrow(`more than the ${size - 8} bytes`);
    await expect(read(changed(deflated, [there + 24, le32(size + 8)]))).rejects.toThrow(
      `to ${size} bytes where the zip states ${size + 8}`,
    );
  });

  it('is one when it is cut short, lists an entry twice, or is none', async () => {
    const zip = packed(1);
    for (const bytes of [zip.slice(0, -30), zip.slice(0, 10), new Uint8Array(0), strToU8('Dear all') as Bytes])
      await expect(openZip(bytes)).rejects.toThrow('my.zip is not a zip file that can be read');
    await expect(openZip(zip.slice(0, -30))).rejects.toThrow('its end is missing, as where a download was cut short. Download or export');
    await expect(openZip(zip.slice(100))).rejects.toThrow(/my\.zip is damaged: its directory is not where/);
    const twice = packed(1, { ...files, 'a\\adapter_config.json': files['adapter_config.json'], 'a/adapter_config.json': strToU8('{}') });
    await expect(openZip(twice)).rejects.toThrow('my.zip holds a/adapter_config.json twice');
    const other = changed(zip, [headerOf(zip, 'adapter_config.json') + 46, [0x41]]); // one header says Adapter_config.json
    await expect(read(other)).rejects.toThrow(/has no file adapter_config\.json/);
  });
});

describe('a limit', () => {
  it('is what the largest adapter of the model needs', () => {
    const one: AdaptableWeight[] = [{ path: 'x', kind: 'expert', in: 3, out: 5, experts: 7 }];
    expect(largestAdapter(one)).toBe(7 * (3 + 5) * 3 * 4 + 2 ** 24);
    expect(largestAdapter([{ ...one[0]!, in: 1e5, out: 1e5 }])).toBe(2 ** 31);
  });

  it('stops a small zip that unpacks to gigabytes before it is unpacked, whatever it states', async () => {
    const bomb = packed(1, { ...files, 'adapter_model.safetensors': new Uint8Array(2 ** 25) });
    await expect(read(bomb)).rejects.toThrow(
      /^adapter_model\.safetensors of my\.zip unpacks to 32 MiB, and no adapter of the open model has more than/,
    );
    const lying = changed(bomb, [headerOf(bomb, 'adapter_model.safetensors') + 24, le32(1000)]);
    await expect(read(lying)).rejects.toThrow(/unpacks to more than the 1000 bytes/);
    await expect(read(packed(1), safetensors.length)).rejects.toThrow(/unpacks to/); // all entries together
  });
});

describe('an adapter in a folder of a zip', () => {
  const inside = (folder: string): Zippable => Object.fromEntries(Object.entries(files).map(([name, bytes]) => [folder + name, bytes]));

  // The tensors were looked for under "my adapter/my adapter/".
  it.each(['my adapter/', 'my adapter\\', 'a/b/c/', 'adaptér/', './x/'])('opens in %s', async (folder) => {
    expect((await read(packed(1, inside(folder)))).targets).toEqual(targets);
  });

  it.each(['adapter_config (1).json', 'Adapter_Config.JSON'])('is not opened by the name %s, which the error tells', async (name) => {
    const zip = packed(1, { [`x/${name}`]: files['adapter_config.json'], 'x/adapter_model (1).safetensors': safetensors });
    await expect(read(zip)).rejects.toThrow(`my.zip has no file adapter_config.json; it has ${name}, which is to be renamed to that.`);
  });

  it('is the newest checkpoint of a run folder, and the name says which', async () => {
    const older = exportAdapter(targets, initialAdapter(targets, 2), { ...settings, target_parameters: both }, 'base').safetensors;
    const zip = packed(1, {
      ...inside('run/checkpoint-100/'),
      ...inside('run/checkpoint-30/'),
      'run/checkpoint-30/adapter_model.safetensors': older,
    });
    expect((await read(zip)).tensors).toEqual(initialAdapter(targets, 1));
    expect(adapterFolder(await openZip(zip)).name).toBe('my.zip (run/checkpoint-100)');
  });
});
