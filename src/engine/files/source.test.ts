import { describe, expect, it, vi } from 'vitest';
import { type Bytes, bytesDirectory, createDirectory, type Directory, folderDirectory, folderWith, urlDirectory } from './source.ts';

const bytes = (...values: number[]): Bytes => Uint8Array.from(values);

const WEIGHTS = /^w\.bin$/;

describe('folderDirectory', () => {
  const files = ['gpt/config.json', 'gpt/original/config.json', './gpt/weights.bin'].map((path) => ({
    path,
    file: new Blob([bytes(1, 2, 3, 4)]),
  }));

  it('takes off the picked folder and keeps the rest', () => {
    expect(folderDirectory('gpt', files).list()).toEqual(['config.json', 'original/config.json', 'weights.bin']);
  });

  it('reads exactly the range asked for', async () => {
    const source = folderDirectory('gpt', files).open('weights.bin');
    expect(source.size).toBe(4);
    expect([...(await source.read(1, 2))]).toEqual([2, 3]);
    expect([...(await source.read(4, 0))]).toEqual([]);
  });

  it('refuses a range beyond the end and a file that is not there', async () => {
    const directory = folderDirectory('gpt', files);
    await expect(directory.open('weights.bin').read(2, 3)).rejects.toThrow(/weights\.bin has 4 bytes/);
    expect(() => directory.open('tokenizer.json')).toThrow(/gpt has no file tokenizer\.json/);
  });

  it('names the file when the browser no longer can read it', async () => {
    const gone = new Blob([bytes(1)]);
    vi.spyOn(gone, 'slice').mockReturnValue({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) } as unknown as Blob);
    await expect(
      folderDirectory('m', [{ path: 'm/x.bin', file: gone }])
        .open('x.bin')
        .read(0, 1),
    ).rejects.toThrow(/x\.bin could not be read.*choose it again/);
  });
});

describe('readText', () => {
  it('refuses text that is not UTF-8', async () => {
    const directory = bytesDirectory('zip', new Map([['a.json', bytes(0xff, 0xfe)]]));
    await expect(directory.readText('a.json')).rejects.toThrow('a.json is not UTF-8 text');
  });
});

describe('folderWith', () => {
  it('finds the shallowest folder that holds the file', async () => {
    const directory = bytesDirectory(
      'zip',
      new Map(['deep/er/a.json', 'adapter/a.json', 'adapter/b.bin', 'c.txt'].map((path) => [path, bytes(path.length)])),
    );
    const adapter = folderWith(directory, 'a.json', WEIGHTS);
    expect(adapter.list()).toEqual(['a.json', 'b.bin']);
    expect([...(await adapter.open('b.bin').read(0, 1))]).toEqual([13]);
    expect(() => folderWith(directory, 'none.json', WEIGHTS)).toThrow(/zip has no file none\.json/);
  });
});

describe('a folder inside', () => {
  const holding = (...paths: string[]): Directory => bytesDirectory('run.zip', new Map(paths.map((path) => [path, bytes(path.length)])));
  const whole = (...folders: string[]): string[] => folders.flatMap((folder) => [`${folder}a.json`, `${folder}w.bin`]);
  const chosen = (...paths: string[]): string => folderWith(holding(...paths), 'a.json', WEIGHTS).name;

  it('opens its files by their names in it, as a checkpoint opens its shards', async () => {
    const source = folderWith(holding(...whole('my adapter/')), 'a.json', WEIGHTS).open('w.bin');
    expect([source.name, [...(await source.read(0, 1))]]).toEqual(['w.bin', ['my adapter/w.bin'.length]]);
  });

  it('is the newest checkpoint by number, and the name says so', () => {
    expect(chosen(...whole('checkpoint-9/', 'checkpoint-100/', 'checkpoint-30/'))).toBe('run.zip (checkpoint-100)');
    expect(chosen(...whole('run/checkpoint-30/'), 'run/trainer_state.json')).toBe('run.zip (run/checkpoint-30)');
  });

  it('is the shallowest, and one with weights rather than one without', () => {
    expect(chosen(...whole('', 'checkpoint-30/'))).toBe('run.zip');
    expect(chosen(...whole('run/', 'run/checkpoint-10/'))).toBe('run.zip (run)');
    expect(chosen('a.json', ...whole('checkpoint-10/', 'checkpoint-30/'))).toBe('run.zip (checkpoint-30)');
    expect(chosen('my adapter/a.json')).toBe('run.zip');
  });

  it('is not guessed between adapters that are no checkpoints of one run', () => {
    expect(() => chosen(...whole('german/', 'yoruba/'))).toThrow('run.zip has a.json in 2 folders (german, yoruba); choose one');
    expect(() => chosen(...whole('x/checkpoint-1/', 'y/checkpoint-2/'))).toThrow('choose one of these folders');
    expect(() => chosen(...whole('checkpoint-1/', 'final/'))).toThrow('choose one of these folders');
  });

  it('is found also where paths are written with backslashes', () => {
    const files = whole('m\\x\\').map((path) => ({ path, file: new Blob([bytes(1)]) }));
    const directory = folderDirectory('m', [...files, { path: 'm\\note.txt', file: new Blob([bytes(2)]) }]);
    expect(folderWith(directory, 'a.json', WEIGHTS).list()).toEqual(['a.json', 'w.bin']);
  });

  // The sentence about missing weights named the zip, which had some.
  it('says the folder where the weights are in another', () => {
    expect(chosen('a/a.json', 'b/w.bin')).toMatch(/ \(a\)$/);
    expect(chosen('a/a.json')).not.toMatch(/\(a\)/);
  });
});

describe('urlDirectory', () => {
  const answer = (status: number, body: Bytes): Response => new Response(body, { status });

  it('fetches a small file once, whole', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => answer(200, bytes(1, 2, 3)));
    const source = urlDirectory('bundled', 'http://localhost/model/', [{ path: 'a.bin', size: 3 }]).open('a.bin');
    expect([...(await source.read(1, 2))]).toEqual([2, 3]);
    expect([...(await source.read(0, 1))]).toEqual([1]);
    expect(fetch.mock.calls).toEqual([['http://localhost/model/a.bin', {}]]);
    fetch.mockRestore();
  });

  it('fetches a range of a large file, beyond 4 GiB', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => answer(206, bytes(7, 8)));
    const source = urlDirectory('hub', 'http://localhost/', [{ path: 'big.bin', size: 5e9 }]).open('big.bin');
    expect([...(await source.read(4_900_000_000, 2))]).toEqual([7, 8]);
    expect(fetch.mock.calls[0]?.[1]).toEqual({ headers: { Range: 'bytes=4900000000-4900000001' } });
    fetch.mockRestore();
  });

  it('says so when the server ignores ranges, has nothing, or sends another size', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => answer(200, bytes(1)));
    const directory = urlDirectory('hub', 'http://localhost/', [
      { path: 'big.bin', size: 5e9 },
      { path: 'small.bin', size: 2 },
    ]);
    await expect(directory.open('big.bin').read(0, 1)).rejects.toThrow(/big\.bin.*answered 200 where 206/);
    await expect(directory.open('small.bin').read(0, 1)).rejects.toThrow(/small\.bin has 1 bytes where 2/);
    fetch.mockRestore();
  });
});

it('a text of gigabytes is refused by its size, before it is read', async () => {
  const readRange = () => Promise.reject(new Error('it is not read'));
  const directory = createDirectory('x', [{ path: 'tokenizer.json', size: 2 ** 31, readRange }]);
  await expect(directory.readText('tokenizer.json')).rejects.toMatchObject({
    name: 'FileError',
    message: 'tokenizer.json has 2 GiB, more than the 256 MiB that a text file can have here; choose the right file.',
  });
});
