/** Publishing against a server that behaves as the Hub does: new and existing repositories, cut connections, refusals, cancelling. */
import { afterEach, describe, expect, it } from 'vitest';
import { bytesFile, createRepository } from '../../../../e2e/hub/content.mjs';
import { startHub } from '../../../../e2e/hub/server.mjs';
import type { Fault, Hub } from '../../../../e2e/hub/types.ts';
import { RETRY_POLICY } from './connection.ts';
import { type PublishInput, publish } from './publish.ts';

let hub: Hub;
afterEach(() => hub?.close());

const REPOSITORY = 'ada/thinks-in-german';
const WEIGHTS = new Uint8Array(12 << 20).map((_, i) => (i * 2654435761) >>> 13);
const text = (path: string, content: string) => ({ path, content: new Blob([content]) });
const FILES = [
  { path: 'adapter_model.safetensors', content: new Blob([WEIGHTS]) },
  { path: 'small.safetensors', content: new Blob([WEIGHTS.slice(0, 1000)]) },
  text('adapter_config.json', '{"r": 8}'),
  text('README.md', '# Grüße'),
];

async function start(faults: Fault[] = []): Promise<void> {
  hub = await startHub({
    repositories: [
      createRepository('ada/there', [bytesFile('README.md', 'old'), bytesFile('kept.txt', 'kept')]),
      createRepository('bob/his', []),
    ],
    users: { hf_write: { name: 'ada' }, hf_read: { name: 'ada', role: 'read' }, hf_poor: { name: 'ada', storage: 100 } },
  });
  hub.faults.push(...faults);
}

const seen: [number, number][] = [];
function send(given: Partial<PublishInput> = {}) {
  seen.length = 0;
  return publish({
    endpoint: hub.endpoint,
    repository: REPOSITORY,
    token: 'hf_write',
    create: { visibility: 'private' },
    files: FILES,
    title: 'Add the adapter',
    signal: new AbortController().signal,
    onProgress: (done, total) => seen.push([done, total]),
    retry: { ...RETRY_POLICY, firstWait: 1, longestWait: 5, attempts: 5 },
    ...given,
  });
}

function published(name = REPOSITORY): Record<string, Uint8Array> {
  const repository = hub.repositories.get(name)!;
  return Object.fromEntries([...repository.filesAt(repository.resolve('main')!)!].map(([path, file]) => [path, file.read(0, file.size)]));
}

describe('what arrives', () => {
  it('a new private repository with every byte, in one commit; large objects in parts', async () => {
    await start();
    const { url, commit } = await send();
    expect(url).toBe(`${hub.endpoint}/${REPOSITORY}`);
    const repository = hub.repositories.get(REPOSITORY)!;
    expect(commit).toBe(repository.resolve('main'));
    expect(repository.visibility).toBe('private');
    expect(repository.titles).toEqual(['Add the adapter']);
    for (const { path, content } of FILES)
      expect(Buffer.from(published()[path]!).equals(Buffer.from(await content.arrayBuffer())), path).toBe(true);
    expect(hub.requests.filter(({ method, path }) => method === 'PUT' && path.startsWith('/upload')).length).toBe(4);
    expect(seen.at(-1)).toEqual([FILES.slice(0, 2).reduce((sum, { content }) => sum + content.size, 0), seen[0]![1]]);
  });

  it('an existing repository keeps its other files', async () => {
    await start();
    await send({ repository: 'ada/there', create: null });
    expect(Object.keys(published('ada/there')).sort()).toEqual([...FILES.map(({ path }) => path), 'kept.txt'].sort());
    expect(Buffer.from(published('ada/there')['README.md']!).toString()).toBe('# Grüße');
  });

  it('the token goes to the endpoint only', async () => {
    await start();
    await send();
    const elsewhere = hub.requests.filter(({ host }) => host === 'cdn');
    expect(elsewhere.length).toBeGreaterThan(3);
    expect(elsewhere.every(({ authorization }) => authorization === null)).toBe(true);
  });
});

describe('a cut connection goes on', () => {
  it.each<[string, Fault[]]>([
    ['in a part', [{ host: 'cdn', path: '/upload/', cut: true, times: 2 }]],
    ['when parts are joined', [{ host: 'cdn', path: '/complete/', cut: true }]],
    ['at the batch', [{ host: 'hub', path: '/info/lfs/objects/batch', cut: true }]],
    [
      'by busy servers',
      [
        { host: 'cdn', path: '/upload/', status: 503, times: 2 },
        { host: 'hub', path: '/preupload/', status: 429 },
      ],
    ],
  ])('%s', async (_, faults) => {
    await start(faults);
    await send();
    expect(hub.repositories.get(REPOSITORY)!.titles).toEqual(['Add the adapter']);
    expect(hub.faults.every(({ times }) => times === 0)).toBe(true);
  });

  it('after a commit whose answer was lost, without a second one', async () => {
    await start([{ host: 'hub', path: `/commit/`, cut: true }]);
    const { commit } = await send();
    expect(hub.repositories.get(REPOSITORY)!.titles).toEqual(['Add the adapter']);
    expect(commit).toBe(hub.repositories.get(REPOSITORY)!.resolve('main'));
  });

  it('and what was put before a failure is not put again', async () => {
    await start([{ host: 'hub', path: '/commit/', status: 500, times: 5 }]);
    await expect(send({ repository: 'ada/there', create: null })).rejects.toThrow(/refused ada\/there \(status 500\)/);
    const before = hub.requests.length;
    await send({ repository: 'ada/there', create: null });
    expect(hub.requests.slice(before).filter(({ method }) => method === 'PUT')).toEqual([]);
  });
});

describe('one sentence each, and nothing half published', () => {
  it.each<[string, Partial<PublishInput>, RegExp]>([
    ['a token of another kind', { token: 'sk-123' }, /tokens of the Hub begin with hf_/],
    ['401', { token: 'hf_wrong' }, /does not accept the token; make one with write access/],
    ['a token that reads', { token: 'hf_read' }, /The token only reads/],
    ['403', { repository: 'bob/new' }, /The token may not write to bob\/new/],
    ['403 of an existing one', { repository: 'bob/his', create: null }, /The token may not write to bob\/his/],
    ['404', { create: null }, /There is no repository ada\/thinks-in-german/],
    ['a name that is taken', { repository: 'ada/there' }, /ada\/there exists already .* choose “existing”/],
    ['no space', { token: 'hf_poor' }, /ada has no storage left for 12 MiB .* is deleted again/],
  ])('%s', async (_, given, sentence) => {
    await start();
    const before = [...hub.repositories.keys()];
    await expect(send(given)).rejects.toThrow(sentence);
    expect([...hub.repositories.keys()]).toEqual(before);
    expect(hub.repositories.get('ada/there')!.titles).toBeUndefined();
  });

  it('a connection that stays away, and a repository that was made for it is deleted', async () => {
    await start([{ host: 'cdn', path: '/upload/', cut: true, times: 1000 }]);
    await expect(send()).rejects.toThrow(/connection to localhost:\d+ was lost .* is deleted again/);
    expect(hub.repositories.has(REPOSITORY)).toBe(false);
  });

  it('cancelled in the middle', async () => {
    const control = new AbortController();
    await start([{ host: 'cdn', path: '/upload/', cut: true, after: async () => control.abort() }]);
    await expect(send({ signal: control.signal })).rejects.toMatchObject({ name: 'Cancelled', message: /nothing of it is on the Hub/ });
    expect(hub.repositories.has(REPOSITORY)).toBe(false);
  });
});
