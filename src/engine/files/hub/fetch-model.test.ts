/** A whole download against a server that behaves as the Hub does: what is fetched, what is not, and what is fetched again. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesFile, createRepository, generatedFile } from '../../../../e2e/hub/content.mjs';
import { startHub } from '../../../../e2e/hub/server.mjs';
import type { Fault, Hub, HubOptions, ServedFile } from '../../../../e2e/hub/types.ts';
import { Random } from '../../../lib/random.ts';
import { readWhole } from '../source.ts';
import { openCachedModel } from './cached-directory.ts';
import { type Downloaded, download, INDEX_JSON, PART, REPOSITORY, SHARD_BYTES, SHARDS } from './hub-cases.ts';
import { type MemoryDisk, memoryDisk } from './memory-disk.ts';
import { deleteModel, listModels } from './model-cache.ts';
import { PauseSignal } from './pause-signal.ts';

let hub: Hub;
afterEach(() => hub?.close());
afterEach(() => vi.restoreAllMocks());

const small = (seed = 1): ServedFile[] => [
  bytesFile('config.json', '{"model_type":"gpt_oss"}'),
  bytesFile('generation_config.json', '{}'),
  bytesFile('tokenizer.json', `{"seed":${seed}}`),
  bytesFile('tokenizer_config.json', '{"a":1}'),
  bytesFile('chat_template.jinja', '{{ messages }}'),
  bytesFile('model.safetensors.index.json', INDEX_JSON),
];
const shards = (seed = 7): ServedFile[] => SHARDS.map((path, i) => generatedFile(path, SHARD_BYTES, seed + i));
const repository = (options = {}) =>
  createRepository(
    REPOSITORY,
    [
      ...small(),
      ...shards(),
      bytesFile('README.md', 'card'),
      bytesFile('original/model.safetensors', 'x'),
      bytesFile('pytorch_model.bin', 'p'),
    ],
    options,
  );

async function start(options: HubOptions = {}, repositoryOptions = {}) {
  hub = await startHub({ repositories: [repository(repositoryOptions)], ...options });
  return { disk: memoryDisk(), endpoint: hub.endpoint };
}

/** Ranges of a file that were asked of the server that holds its bytes, sorted. */
const ranges = (path: string): [number, number][] =>
  hub
    .fetches(path)
    .map(({ range }) => range as [number, number])
    .sort((a, b) => a[0] - b[0]);
const sent = (path: string): number => hub.requests.filter((r) => r.file === path).reduce((sum, r) => sum + r.sent, 0);

/** What is asked for from now on: requests, and bytes of those that name a range. */
function watchFetch(): { count(): number; bytes(): number } {
  const { calls } = vi.spyOn(globalThis, 'fetch').mock;
  const from = calls.length;
  const range = (init?: RequestInit): number => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '') ?? [];
    return first === undefined ? 0 : Number(last) - Number(first) + 1;
  };
  return { count: () => calls.length - from, bytes: () => calls.slice(from).reduce((sum, [, init]) => sum + range(init), 0) };
}

/** Every file on the disk is the server's, byte for byte, read through the Directory. */
async function expectWhole(disk: MemoryDisk, { id, record }: Downloaded): Promise<void> {
  const served = hub.repositories.get(REPOSITORY)!.filesAt(record.commit)!;
  const directory = await openCachedModel(disk, id, record);
  for (const path of directory.list()) {
    const hash = createHash('sha256').update(await readWhole(directory.open(path)));
    expect(hash.digest('hex'), path).toBe(served.get(path)!.sha256);
  }
  directory.close?.();
  expect((await listModels(disk)).map(({ complete }) => complete)).toEqual([true]);
}

describe('a download', () => {
  it('brings what loading needs and nothing else, each byte once', async () => {
    const given = await start({ pageSize: 3 });
    const done = await download(given);
    await expectWhole(given.disk, done);
    expect(done.record.files.map(({ path }) => path)).toEqual([
      'config.json',
      'generation_config.json',
      'tokenizer_config.json',
      'chat_template.jinja',
      'tokenizer.json',
      'model.safetensors.index.json',
      ...SHARDS,
    ]);
    const asked = new Set(hub.requests.map(({ file }) => file));
    for (const path of ['README.md', 'original/model.safetensors', 'pytorch_model.bin']) expect(asked).not.toContain(path);
    for (const path of SHARDS) expect(sent(path)).toBe(SHARD_BYTES);
    expect(ranges(SHARDS[0])).toHaveLength(11);
  });

  it('requests no file again when it is whole', async () => {
    const given = await start();
    await download(given);
    const before = hub.requests.length;
    await download(given);
    const after = hub.requests.slice(before).map(({ path }) => path);
    expect(after.every((path) => path.startsWith('/api/models/'))).toBe(true);
  });

  it('gives the token to the endpoint alone and no referrer to anyone', async () => {
    const given = await start({}, { token: 'hf_secret', gated: 'manual' });
    await download({ ...given, token: 'hf_secret' });
    const atHub = hub.requests.filter(({ host }) => host === 'hub');
    const elsewhere = hub.requests.filter(({ host }) => host === 'cdn');
    expect(atHub.every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    expect(elsewhere.length).toBeGreaterThan(20);
    expect(elsewhere.every(({ authorization }) => authorization === null)).toBe(true);
    expect(hub.requests.every(({ referer }) => referer === null)).toBe(true);
  });

  it('is the same in a browser whose bodies are no byte streams', async () => {
    const given = await start();
    const real = globalThis.fetch;
    const plain = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...both) => {
      const response = await real(...both);
      return new Response(response.body!.pipeThrough(new TransformStream()), response);
    });
    hub.faults.push({ file: SHARDS[0], from: 2 * PART, dropAfter: 5000 });
    await expectWhole(given.disk, await download(given));
    plain.mockRestore();
    expect(sent(SHARDS[0])).toBe(SHARD_BYTES);
  });

  it('reports bytes that only grow up to the total', async () => {
    const given = await start();
    const seen: number[] = [];
    let total = 0;
    await download({
      ...given,
      onProgress: (done, all) => {
        seen.push(done);
        total = all;
      },
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBeGreaterThan(2 * SHARD_BYTES);
  });
});

describe('a server in trouble', () => {
  const faults: [string, Fault][] = [
    ['a lost connection', { dropAfter: 5000 }],
    ['silence', { stallAfter: 5000 }],
    ['a short answer', { shortBy: 3000 }],
    ['status 500', { status: 500 }],
    ['status 503 with a wait', { status: 503, headers: { 'retry-after': '0' } }],
    ['status 408', { status: 408 }],
    ['an expired address', { status: 403, host: 'cdn' }],
  ];
  for (const [name, fault] of faults) {
    it(`goes on after ${name}, asking only for what is missing`, async () => {
      const given = await start();
      hub.faults.push({ file: SHARDS[0], from: 2 * PART, ...fault });
      hub.faults.push({ file: SHARDS[1], from: 10 * PART, ...fault });
      const isSilence = 'stallAfter' in fault;
      await expectWhole(given.disk, await download({ ...given, ...(isSilence && { retry: { stall: 400, attempts: 100 } }) }));
      // on a busy machine, 400 ms of silence may also pass where no fault struck
      if (!isSilence) expect(sent(SHARDS[0])).toBe(SHARD_BYTES);
      if (isSilence || 'dropAfter' in fault) expect(ranges(SHARDS[0])).toContainEqual([2 * PART + 5000, 3 * PART]);
      expect(
        hub.faults.every(({ times }) => times === 0),
        'the faults struck',
      ).toBe(true);
    });
  }

  it('is left in peace, by all lanes, for as long as a 429 asks in seconds or as a date, but no longer than the limit', async () => {
    for (const wait of ['7200', new Date(Date.now() + 7_200_000).toUTCString()]) {
      const given = await start();
      hub.faults.push({ file: SHARDS[0], host: 'cdn', from: 4 * PART, status: 429, headers: { 'retry-after': wait } });
      const began = performance.now();
      const done = await download({ ...given, retry: { longestAsked: 1100 } });
      await expectWhole(given.disk, done);
      expect(performance.now() - began).toBeGreaterThanOrEqual(1100);
      expect(done.labels).toContain('The server answered 429; trying again in 1 s');
      await hub.close();
    }
  });

  it('that never recovers leads to one sentence, and what came stays', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[1], host: 'cdn', from: 5 * PART, status: 502, times: Number.POSITIVE_INFINITY });
    await expect(download(given)).rejects.toThrow(
      /^model-00001-of-00002\.safetensors of someone\/small-gpt-oss could not be fetched .*502.*what was fetched is kept/,
    );
    const tries = hub.requests.filter(({ status }) => status === 502).length;
    expect(tries).toBe(4);
    hub.faults.length = 0;
    const before = sent(SHARDS[0]);
    await expectWhole(given.disk, await download(given));
    expect(sent(SHARDS[0])).toBe(before);
    expect(sent(SHARDS[1])).toBeLessThan(SHARD_BYTES + 4 * PART);
  });

  it('that is not there at all is named', async () => {
    const given = await start();
    await hub.close();
    await expect(download(given)).rejects.toThrow(
      /file list of someone\/small-gpt-oss at main could not be fetched from http:\/\/localhost/,
    );
  });

  it('that ignores ranges is recognised', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[0], ignoreRange: true });
    await expect(download(given)).rejects.toThrow(
      /does not answer byte ranges, without which model-00000-of-00002\.safetensors cannot be fetched/,
    );
  });
});

describe('a refusal', () => {
  it('of a gated repository speaks of the token', async () => {
    const given = await start({}, { token: 'hf_secret', gated: 'manual' });
    await expect(download(given)).rejects.toThrow(/is gated; ask for access on its page at http.* and give a token/);
    await expect(download({ ...given, token: 'hf_other' })).rejects.toThrow(/refused with this token/);
  });

  it('of an unknown repository or revision speaks of the name', async () => {
    const given = await start();
    await expect(download({ ...given, revision: 'nope' })).rejects.toThrow(
      /has no such revision at http.*; check the branch, tag or commit/,
    );
    hub.repositories.clear();
    await expect(download(given)).rejects.toThrow(/has no public repository someone\/small-gpt-oss; check the name, or give a token/);
  });
});

describe('a wrong byte', () => {
  it('on the way is found and named, and its part alone is put right', async () => {
    const given = await start();
    const at = 6 * PART + 99;
    hub.faults.push({ file: SHARDS[0], wrongByteAt: at });
    const done = await download(given);
    await expectWhole(given.disk, done);
    expect(done.labels).toContain('model-00000-of-00002.safetensors arrived damaged: bytes 98,304 to 114,687 were fetched again');
    expect(ranges(SHARDS[0]).filter(([from]) => from > 6 * PART)).toEqual(
      [7, 8, 9, 10].map((i) => [i * PART, Math.min(SHARD_BYTES, (i + 1) * PART)]),
    );
    expect(sent(SHARDS[1])).toBe(SHARD_BYTES);
  });

  it('that the server itself has is an error that names the file and the bytes', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[0], wrongByteAt: 50, times: Number.POSITIVE_INFINITY });
    await expect(download(given)).rejects.toThrow(
      /model-00000-of-00002\.safetensors of .* does not have the hash that .* states, though every part arrives the same twice; the copy there is damaged/,
    );
    hub.faults.length = 0;
    hub.faults.push({ file: SHARDS[0], wrongByteAt: 50, times: 1 });
    hub.faults.push({ file: SHARDS[0], wrongByteAt: 51, times: Number.POSITIVE_INFINITY });
    await expect(download({ ...given, disk: memoryDisk() })).rejects.toThrow(/also after bytes 0 to 16,383 were fetched again/);
  });

  it('in a small file kept in git is found by its blob id', async () => {
    const given = await start();
    hub.faults.push({ file: 'tokenizer_config.json', wrongByteAt: 1 });
    await expectWhole(given.disk, await download(given));
    expect(hub.fetches('tokenizer_config.json')).toHaveLength(2);
  });

  it('on the disk costs one part, whether the download was whole or not', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[1], from: 9 * PART, host: 'cdn', status: 404, times: 1 });
    await expect(download(given)).rejects.toThrow(/model-00001-of-00002\.safetensors of .* is not at/);
    const { id } = (await listModels(given.disk))[0]!;
    const data = hub.repositories.get(REPOSITORY)!.filesAt(hub.repositories.get(REPOSITORY)!.resolve('main')!)!.get(SHARDS[1])!.sha256;
    given.disk.corrupt(id, `${data}.data`, 3 * PART + 5);
    const before = hub.requests.length;
    await expectWhole(given.disk, await download(given));
    const again = hub.requests.slice(before).filter(({ host }) => host === 'cdn');
    expect(again.map(({ range }) => range?.[0])).toContain(3 * PART);
    expect(again.every(({ range }) => range?.[0] === 3 * PART || (range?.[0] ?? 0) >= 6 * PART)).toBe(true);
  });
});

describe('a repository that moves', () => {
  it('keeps unchanged files and fetches changed ones anew', async () => {
    const given = await start();
    await download(given);
    const before = hub.requests.length;
    hub.repositories.get(REPOSITORY)!.push([...small(2), shards()[0]!, generatedFile(SHARDS[1], SHARD_BYTES, 99)]);
    const done = await download(given);
    await expectWhole(given.disk, done);
    const fetched = new Set(
      hub.requests
        .slice(before)
        .filter(({ range }) => range)
        .map(({ file }) => file),
    );
    expect([...fetched].sort()).toEqual([SHARDS[1], 'tokenizer.json']);
    const names = (await (await given.disk.folder(done.id)).list()).filter(({ name }) => name.endsWith('.data'));
    expect(names, 'the old shard is gone').toHaveLength(8);
  });

  it('in the middle of a file is noticed by the size and followed', async () => {
    const given = await start();
    const served = hub.repositories.get(REPOSITORY)!;
    const old = served.filesAt(served.resolve('main')!)!.get(SHARDS[1])!;
    let moved = false;
    const onProgress = (_done: number, _total: number, label: string): void => {
      if (moved || !label.endsWith(SHARDS[1])) return;
      moved = true;
      served.push([...small(), shards()[0]!, generatedFile(SHARDS[1], 3 * PART, 99)]);
      Object.assign(old, { size: 3 * PART }); // what the old commit's address gives now
    };
    const done = await download({ ...given, onProgress });
    await expectWhole(given.disk, done);
    expect(done.record.commit).toBe(served.resolve('main'));
    expect(done.labels.some((label) => label.includes('changed on the server'))).toBe(true);
    expect(sent(SHARDS[0])).toBe(SHARD_BYTES);
  });

  it('only in its ETag is no change where a hash is stated: nodes of a network may differ', async () => {
    const given = await start({ exposeOnCdn: 'ETag' });
    for (const file of SHARDS) hub.faults.push({ file, from: 5 * PART, etag: '"another"', times: 9 });
    await expectWhole(given.disk, await download(given));
    expect(hub.requests.filter(({ path }) => path.includes('/revision/'))).toHaveLength(1);
    expect(sent(SHARDS[0])).toBe(SHARD_BYTES);
  });

  it('only in its ETag is asked about where no hash is stated', async () => {
    const given = await start();
    const real = globalThis.fetch;
    const bare = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...both) => {
      const response = await real(...both);
      if (!String(both[0]).includes('/tree/')) return response;
      const entries = (await response.json()) as object[];
      return Response.json(entries.map((entry) => ({ ...entry, oid: undefined, lfs: undefined })));
    });
    hub.faults.push({ file: SHARDS[0], from: 5 * PART, etag: '"another"' });
    const done = await download(given);
    bare.mockRestore();
    await expectWhole(given.disk, done);
    expect(done.labels).toContain(`${SHARDS[0]} changed on the server: listing its files again`);
    expect(sent(SHARDS[1])).toBe(SHARD_BYTES);
  });

  it('without end is given up', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[0], host: 'cdn', status: 416, times: Number.POSITIVE_INFINITY });
    await expect(download(given)).rejects.toThrow(/model-00000-of-00002\.safetensors of .* is not what http.* lists/);
  });
});

describe('an interruption', () => {
  it('by the user keeps what is whole', async () => {
    const given = await start();
    const control = new AbortController();
    const onProgress = (done: number): void => {
      if (done > SHARD_BYTES) control.abort();
    };
    await expect(download({ ...given, signal: control.signal, onProgress })).rejects.toThrow();
    const kept = (await listModels(given.disk))[0]!;
    expect(kept.complete).toBe(false);
    expect(kept.stored).toBeGreaterThan(SHARD_BYTES - 4 * PART);
    const asked = watchFetch(); // not what the server sends: it may still answer what was broken off
    await expectWhole(given.disk, await download(given));
    expect(asked.bytes()).toBeGreaterThan(0);
    expect(asked.bytes()).toBeLessThanOrEqual(kept.bytes - kept.stored);
  });

  it('by a pause holds, sends nothing, and goes on', async () => {
    const given = await start();
    const pause = new PauseSignal();
    const asked = watchFetch();
    let held = 0;
    hub.faults.push({ file: SHARDS[0], bytesPerSecond: 40_000, times: 3 });
    const onProgress = (done: number): void => {
      if (held > 0 || done < 3 * PART) return;
      pause.pause();
      held = asked.count();
    };
    const all = download({ ...given, pause, onProgress, retry: { stall: 150, attempts: 100 } });
    await expect.poll(() => held).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300)); // twice the time that counts as silence
    expect(asked.count()).toBe(held);
    pause.resume();
    await expectWhole(given.disk, await all);
  });

  it('by a crash at any of 20 moments loses no more than the parts since the last record, and never lets a torn byte through', async () => {
    const { endpoint } = await start();
    const random = new Random(5);
    const fetched = () => sent(SHARDS[0]) + sent(SHARDS[1]);
    let crashes = 0;
    while (crashes < 20) {
      const disk = memoryDisk();
      const before = { crashes, fetched: fetched() };
      for (let whole: Downloaded | null = null; !whole; ) {
        const kept = (await listModels(disk))[0]?.stored ?? 0;
        const moment = kept + random.uniform() * 6 * PART;
        const tab = disk.tab();
        let crashed = false;
        const onProgress = (done: number): void => {
          if (crashed || done < moment) return;
          crashed = true;
          crashes += 1;
          tab.crash(() => random.uniform());
        };
        whole = await download({ endpoint, disk: tab, onProgress, retry: { stall: 20_000 } }).catch(() => null);
        if (whole) await expectWhole(disk, whole);
        expect(whole !== null || crashed, 'nothing but the crash stops it').toBe(true);
      }
      // four lanes under way, and up to four parts and the lanes' next ones since the record
      expect(fetched() - before.fetched).toBeLessThanOrEqual(2 * SHARD_BYTES + (crashes - before.crashes) * 12 * PART);
    }
  });
});

describe('a full disk', () => {
  it('is an error before the download, with what is needed and what is free', async () => {
    const { endpoint } = await start();
    await expect(download({ endpoint, disk: memoryDisk(SHARD_BYTES) })).rejects.toThrow(
      /needs 323 KiB more of this browser's storage, where \d+ KiB are free; .*open their folder/,
    );
    expect(hub.requests.filter(({ host }) => host === 'cdn' && host)).toHaveLength(0);
  });

  it('in the middle is one sentence, and the rest follows when there is space', async () => {
    const given = await start();
    const { disk } = given;
    disk.freeSpace = async () => null; // a browser that does not say
    disk.quota = SHARD_BYTES + 5 * PART;
    await expect(download(given)).rejects.toThrow(/storage is full: model-00001-of-00002\.safetensors is kept as far as it came/);
    disk.quota = Number.POSITIVE_INFINITY;
    await expectWhole(disk, await download(given));
    expect(sent(SHARDS[0])).toBe(SHARD_BYTES);
    expect(sent(SHARDS[1])).toBeLessThan(SHARD_BYTES + 5 * PART);
  });
});

describe('two tabs', () => {
  it('do not fetch the same model at once', async () => {
    const given = await start();
    hub.faults.push({ file: SHARDS[0], bytesPerSecond: 8000, times: 1 });
    const first = download(given);
    await expect.poll(() => hub.fetches(SHARDS[0]).length).toBeGreaterThan(0);
    await expect(download({ ...given, disk: given.disk.tab() })).rejects.toThrow(/is being fetched in another tab/);
    await first;
  });

  it('may both read it, and it is not deleted under a reader', async () => {
    const given = await start();
    const { id, record } = await download(given);
    const here = await openCachedModel(given.disk, id, record);
    const there = await openCachedModel(given.disk.tab(), id, record);
    expect(await readWhole(here.open('config.json'))).toEqual(await readWhole(there.open('config.json')));
    here.close?.();
    await expect(deleteModel(given.disk, id)).rejects.toThrow(/is in use/);
    there.close?.();
    await deleteModel(given.disk, id);
    expect(await listModels(given.disk)).toEqual([]);
    await expect(deleteModel(given.disk, id)).rejects.toThrow(/no cached model/);
  });
});
