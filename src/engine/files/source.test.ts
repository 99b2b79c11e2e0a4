import { describe, expect, it, vi } from 'vitest';
import { type Bytes, bytesDirectory, folderDirectory, folderWith, urlDirectory } from './source.ts';

const bytes = (...values: number[]): Bytes => Uint8Array.from(values);

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
    const adapter = folderWith(directory, 'a.json');
    expect(adapter.list()).toEqual(['a.json', 'b.bin']);
    expect([...(await adapter.open('b.bin').read(0, 1))]).toEqual([13]);
    expect(() => folderWith(directory, 'none.json')).toThrow(/zip has no file none\.json/);
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
