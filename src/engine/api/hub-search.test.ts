/** The search of the Hub, over the server that behaves as the Hub does: what is offered, what is refused and why, hostile answers, faults, cancels. */
import { afterEach, expect, it } from 'vitest';
import { bytesFile, createRepository } from '../../../e2e/hub/content.mjs';
import { startHub } from '../../../e2e/hub/server.mjs';
import { knownModels } from '../../lib/known-models.ts';
import { memoryStore } from '../files/byte-store.ts';
import { SEARCH_LIMIT } from '../files/hub/search-models.ts';
import { EngineState } from './engine-state.ts';
import { searchHub } from './hub-search.ts';

let hub: Awaited<ReturnType<typeof startHub>>;
afterEach(() => hub.close());

/** A safetensors file that has a header alone, which is all that the listing reads. */
function weights(shapes: Record<string, [string, number[]]>) {
  const header = Buffer.from(
    JSON.stringify(Object.fromEntries(Object.entries(shapes).map(([n, [dtype, shape]]) => [n, { dtype, shape }]))),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return bytesFile('model.safetensors', Buffer.concat([length, header]));
}
const config = (fields: object) => bytesFile('config.json', JSON.stringify(fields));
const card = bytesFile('README.md', '---\nlicense: apache-2.0\n---\n# model\n');
const QWEN = { model_type: 'qwen3', architectures: ['Qwen3ForCausalLM'], hidden_size: 1024, vocab_size: 151936 };
const qwen06 = knownModels.find(({ repository }) => repository === 'Qwen/Qwen3-0.6B')!;
const one: Record<string, [string, number[]]> = { a: ['BF16', [10, 10]] };

async function start(repositories: ReturnType<typeof createRepository>[] = []) {
  hub = await startHub({ repositories });
  const engine = new EngineState({ files: memoryStore() });
  engine.emit = () => undefined;
  const search = (text: string, token?: string) => searchHub(engine, { text, endpoint: hub.endpoint, ...(token && { token }) });
  return { engine, search };
}

const answerWith = (body: string) => hub.faults.push({ host: 'hub', path: '/api/models', status: 200, body });

it('one request brings what a result shows: the most downloaded first, sizes of the known model it was made from', async () => {
  const values: Record<string, [string, number[]]> = { all: ['BF16', [qwen06.parameters]] };
  const { search } = await start([
    createRepository('us/qwen3-tune', [config(QWEN), weights(values), card], { downloads: 5 }),
    createRepository('us/qwen3-odd', [config(QWEN), weights({ a: ['F16', [7]], b: ['F32', [3]] })], {
      downloads: 9,
      gated: 'manual',
      token: 'hf_x',
    }),
    createRepository('us/bert', [config({ model_type: 'bert' })], { downloads: 99 }),
  ]);
  const { models, cut } = await search('  QWEN3 ');
  expect(cut).toBe(false);
  expect(models).toEqual([
    {
      repository: 'us/qwen3-odd',
      downloads: 9,
      licence: null,
      parameters: 10,
      bytes: 26,
      gated: true,
      private: false,
      family: 'qwen3',
      config: null,
    },
    {
      repository: 'us/qwen3-tune',
      downloads: 5,
      licence: 'apache-2.0',
      parameters: qwen06.parameters,
      bytes: 2 * qwen06.parameters,
      gated: false,
      private: false,
      family: 'qwen3',
      config: qwen06.config,
      sizes_of: 'Qwen/Qwen3-0.6B',
    },
  ]);
  expect(hub.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/models']);
});

it('what does not run here says why', async () => {
  const { search } = await start([
    createRepository('m/gguf', [bytesFile('q4.gguf', 'x')]),
    createRepository('m/adapter', [bytesFile('adapter_config.json', '{}'), bytesFile('adapter_model.safetensors', Buffer.alloc(8))]),
    createRepository('m/nothing', [card]),
    createRepository('m/bert', [config({ model_type: 'bert' }), weights(one)]),
    createRepository('m/proto', [config({ model_type: 'constructor' }), weights(one)]),
    createRepository('m/reward', [config({ ...QWEN, architectures: ['Qwen3ForSequenceClassification'] }), weights(one)]),
    createRepository('m/pickle', [config(QWEN), bytesFile('pytorch_model.bin', 'x')]),
    createRepository('m/awq', [config({ ...QWEN, quantization_config: { quant_method: 'awq' } }), weights(one)]),
    createRepository('m/mlx', [config(QWEN), weights({ a: ['U32', [100, 10]], b: ['BF16', [100]] })]),
    createRepository('m/good', [config(QWEN), weights({ ...one, buffer: ['I64', [1]] })]),
  ]);
  const { models } = await search('m/');
  expect(Object.fromEntries(models.map(({ repository, problem }) => [repository, problem]))).toEqual({
    'm/gguf': 'Only GGUF files, which are not read here; choose the original model.',
    'm/adapter': 'An adapter; choose the model that it was trained on, then open the adapter in Runs.',
    'm/nothing': 'Its config.json names no architecture, so it is no model that runs here.',
    'm/bert': 'A bert model; this architecture does not run here.',
    'm/proto': 'A constructor model; this architecture does not run here.',
    'm/reward': 'A Qwen3ForSequenceClassification, which writes no text.',
    'm/pickle': 'No safetensors files; choose a copy of it that has them.',
    'm/awq': 'Its weights are packed (awq), which is not read here; choose the original model.',
    'm/mlx': 'Its weights are packed (U32), which is not read here; choose the original model.',
    'm/good': undefined,
  });
});

it('is planned as the known model of exactly its size before one whose tied head was stored', async () => {
  const { search } = await start();
  const listed = (id: string, type: string, count: number) => ({
    id,
    tags: ['safetensors'],
    config: { model_type: type },
    safetensors: { parameters: { BF16: count } },
  });
  const distill = knownModels.find(({ repository }) => repository === 'deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B')!;
  const head = 151936 * 1024;
  answerWith(
    JSON.stringify([
      listed('us/distill', 'qwen2', distill.parameters), // as many as Qwen2.5-1.5B has with its head stored
      listed('us/stored-head', 'qwen3', qwen06.parameters + head),
      listed('us/other-family', 'llama', qwen06.parameters),
      listed('QWEN/qwen3-0.6b', 'qwen3', 5),
    ]),
  );
  const { models } = await search('us');
  expect(models.map(({ sizes_of }) => sizes_of)).toEqual([distill.repository, 'Qwen/Qwen3-0.6B', undefined, undefined]);
  expect(models.map(({ config }) => config)).toEqual([distill.config, qwen06.config, null, qwen06.config]);
});

it('a mirror that lists whole configs has them judged and planned', async () => {
  const { search } = await start();
  const whole = { ...qwen06.config, architectures: ['Qwen3ForCausalLM'] };
  answerWith(
    JSON.stringify([
      { id: 'us/whole', tags: ['safetensors'], config: whole },
      { id: 'us/wrong', tags: ['safetensors'], config: { ...whole, head_dim: 'x' } },
    ]),
  );
  const { models } = await search('us');
  expect(models[0]).toMatchObject({ config: whole });
  expect(models[1]!.problem).toMatch(/^config\.json of us\/wrong does not describe a qwen3 model .*head_dim/);
});

it('a private repository is found with its token', async () => {
  const { search } = await start([createRepository('us/mine', [config(QWEN), weights(one)], { token: 'hf_right' })]);
  expect((await search('mine')).models).toEqual([]);
  expect((await search('mine', 'hf_right')).models).toMatchObject([{ repository: 'us/mine', private: true }]);
});

it('hostile entries are read field by field, or left out', async () => {
  const { search } = await start();
  const entries = [
    null,
    7,
    'us/text',
    [],
    {},
    { id: 7 },
    { id: 'no-owner' },
    { id: 'a/../b' },
    { id: '../x' },
    { id: 'a/b/c' },
    { id: 'a/<b>' },
    { id: 'a/b--c' },
    { id: `a/${'b'.repeat(200)}` },
    { id: 'ok/bare' },
    { id: 'OK/Bare', downloads: 3 },
    {
      id: 'ok/odd',
      downloads: -1,
      gated: {},
      private: 'yes',
      tags: ['safetensors', 7, `license:${'x'.repeat(100)}`, 'license:<b>'],
      config: { model_type: 'qwen3', architectures: [7, null], quantization_config: null },
      safetensors: { parameters: { BF16: '9', F32: Number.MAX_SAFE_INTEGER } },
    },
    { id: 'ok/huge', tags: 'safetensors', config: [], safetensors: { parameters: { BF16: 2 ** 53 - 1, F16: 2 ** 53 - 1 } } },
    { id: 'ok/long', tags: ['safetensors'], config: { model_type: 'x'.repeat(1e5) } },
  ];
  answerWith(
    `${JSON.stringify(entries).slice(0, -1)},{"id":"ok/proto","__proto__":{"gated":true},"config":{"__proto__":{"model_type":"qwen3"}}}]`,
  );
  const { models } = await search('ok');
  expect(models.map(({ repository }) => repository)).toEqual(['ok/bare', 'ok/odd', 'ok/huge', 'ok/long', 'ok/proto']);
  expect(models[1]).toEqual({
    repository: 'ok/odd',
    downloads: null,
    licence: null,
    parameters: null,
    bytes: null,
    gated: false,
    private: false,
    family: 'qwen3',
    config: null,
  });
  expect(models[2]).toMatchObject({ parameters: null, problem: expect.stringContaining('names no architecture') });
  expect(models[3]!.problem!.length).toBeLessThan(150);
  expect(models[4]).toMatchObject({ gated: false, family: null });
});

it('more entries than were asked for are left out, and that there may be others is said', async () => {
  const { search } = await start();
  answerWith(JSON.stringify(Array.from({ length: 200 }, (_, i) => ({ id: `us/m${i}` }))));
  const { models, cut } = await search('m');
  expect(models.length).toBe(SEARCH_LIMIT);
  expect(cut).toBe(true);
});

it.each([
  [{ status: 401 }, /answers searches only with a token \(status 401\); give one/],
  [{ status: 403 }, /answers searches only with a token \(status 403\)/],
  [{ status: 404 }, /has no search \(status 404\); check the endpoint/],
  [{ status: 400 }, /did not take these words \(status 400\); try others/],
  [{ status: 429 }, /limits the rate of requests \(status 429\); search again in some minutes/],
  [{ status: 503 }, /is in trouble \(status 503\); search again in a moment/],
  [{ cut: true }, /could not be asked: the connection failed .*check the connection and search again/],
  [{ status: 200, body: '<html>' }, /is no list of models as the Hub gives one; check the endpoint/],
  [{ status: 200, body: '{"error":"x"}' }, /is no list of models/],
  [{ status: 200, body: '' }, /is no list of models/],
])('%j is one sentence, and one request', async (fault, message) => {
  const { search } = await start();
  hub.faults.push({ host: 'hub', path: '/api/models', ...fault });
  await expect(search('x')).rejects.toThrow(message);
  expect(hub.requests.length).toBe(1);
});

it('a token that is refused is said to be', async () => {
  const { search } = await start();
  hub.faults.push({ host: 'hub', path: '/api/models', status: 401 });
  await expect(search('x', 'hf_wrong')).rejects.toThrow(/refuses this token \(status 401\); check it, or search without one/);
  expect(hub.requests[0]!.authorization).toBe('Bearer hf_wrong');
});

it('a newer search ends an older one, and nothing is asked for no words or in the clear', async () => {
  const { engine, search } = await start([createRepository('us/a', [config(QWEN), weights(one)])]);
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  hub.faults.push({ host: 'hub', path: '/api/models', after: () => held });
  const older = search('b');
  const newer = search('a');
  await expect(older).rejects.toMatchObject({ name: 'Cancelled' });
  release?.();
  expect((await newer).models.length).toBe(1);
  const asked = hub.requests.length;
  await expect(search('  ')).rejects.toThrow(/Search for a part of a name/);
  await expect(search('x'.repeat(201))).rejects.toThrow(/of 1 to 200 characters/);
  const given = { text: 'a', endpoint: 'http://hub.example', token: 'hf_x' };
  await expect(searchHub(engine, given)).rejects.toThrow(/not sent to http:\/\/hub\.example in the clear/);
  await expect(searchHub(engine, { text: 'a', endpoint: 'ftp://x' })).rejects.toThrow(/not an address of a Hub/);
  expect(hub.requests.length).toBe(asked);
});
