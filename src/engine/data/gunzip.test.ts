/** Gzip files of several members, which Chromium's own stream refuses ("a damaged gzip file" was said of them). */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';
import { gunzip, memberStarts, unpackMembers } from './gunzip.ts';

afterEach(() => vi.unstubAllGlobals());

const texts = ['{"a":1}\n'.repeat(3000), randomBytes(2_500_000).toString('latin1'), '', '{"b":2}\n'];
const packed = texts.map((text) => new Uint8Array(gzipSync(text)));
const whole = new Blob(packed);

/** As browsers do: one member, and nothing after it. */
function oneMemberOnly(): void {
  const Own = DecompressionStream;
  const trailing = new TransformStream();
  let streams = 0;
  vi.stubGlobal('DecompressionStream', function refusing(format: CompressionFormat) {
    if (streams++ > 0) return new Own(format);
    void trailing.writable.abort(new TypeError('Junk found after end of compressed data.')).catch(() => undefined);
    return trailing;
  });
}

it('members are found where they begin, and unpacked to one file', async () => {
  const starts = await memberStarts(whole, 'x.gz', {});
  expect(starts).toEqual(packed.map((_, i) => packed.slice(0, i).reduce((sum, { length }) => sum + length, 0)));
  const seen: number[] = [];
  const unpacked = await unpackMembers(whole, starts, 'x.gz', { onProgress: (done) => seen.push(done) });
  expect(await unpacked.text()).toBe(texts.join(''));
  expect(seen.at(-1)).toBe(whole.size);
});

it('what the platform refuses is tried by members', async () => {
  oneMemberOnly();
  expect(await (await gunzip(whole, 'x.gz', {})).text()).toBe(texts.join(''));
});

it('damage is damage: a wrong CRC-32 in any member, bytes after the last one, a file cut short', async () => {
  const bad = packed[0]!.slice();
  bad[bad.length - 6]! ^= 1;
  for (const parts of [[bad, packed[1]!], [packed[1]!, bad], [packed[0]!, new Uint8Array([1, 2, 3])], [packed[1]!.slice(0, 1000)]])
    await expect(gunzip(new Blob(parts), 'x.gz', {})).rejects.toMatchObject({
      name: 'DatasetError',
      message: /x\.gz is a damaged gzip file/,
    });
});
