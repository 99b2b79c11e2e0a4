/** Our own server: cross-origin isolation for WebAssembly threads, byte ranges for weights, compression, nothing outside its root. */
import { get, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, labUrl, pageUrl, test } from './support.ts';

const model = new URL('/onnx/tiny-llama/onnx/model.onnx', labUrl).href;

test('pages are cross-origin isolated and WebGPU offers an adapter', async ({ page }) => {
  await page.goto(`${labUrl}peer.html`);
  const found = await page.evaluate(async () => ({
    isolated: crossOriginIsolated,
    vendor: (await navigator.gpu.requestAdapter())?.info.vendor,
  }));
  expect(found).toEqual({ isolated: true, vendor: 'google' });
});

test('a byte range is answered with exactly those bytes', async ({ request }) => {
  const whole = await (await request.get(model)).body();
  for (const [range, from, to] of [
    ['bytes=8-15', 8, 16],
    ['bytes=426000-', 426000, whole.length],
    ['bytes=-3', whole.length - 3, whole.length],
  ] as const) {
    const part = await request.get(model, { headers: { Range: range } });
    expect(part.status()).toBe(206);
    expect(part.headers()['content-range']).toBe(`bytes ${from}-${to - 1}/${whole.length}`);
    expect(await part.body()).toEqual(whole.subarray(from, to));
  }
  expect((await request.get(model, { headers: { Range: `bytes=${whole.length}-` } })).status()).toBe(416);
});

/** The answer as it is on the wire: Playwright's own client decompresses. */
function wire(path: string, headers: Record<string, string>, method = 'GET'): Promise<IncomingMessage & { body: Buffer }> {
  return new Promise((done, failed) => {
    get({ host: 'localhost', port: new URL(pageUrl).port, path, headers, method }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(Object.assign(response, { body: Buffer.concat(parts) })));
    }).on('error', failed);
  });
}

/** A script, a style sheet and the WebAssembly of the built page, by their names in it. */
async function assets(): Promise<string[]> {
  const html = (await wire('/', {})).body.toString();
  return [...html.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map((found) => found[1]!);
}

const unpack = { br: brotliDecompressSync, gzip: gunzipSync } as const;

test('text and WebAssembly are compressed as the client accepts it; caches are told', async () => {
  const files = ['/', '/models/mini/tokenizer.json', '/datasets/mini/train.jsonl', ...(await assets())];
  expect(files.length).toBeGreaterThan(5);
  for (const path of files) {
    const plain = await wire(path, {});
    expect(plain.headers['content-encoding'], path).toBeUndefined();
    if (plain.body.length < 1024 && path !== '/') {
      // The server packs nothing that fits one packet; a build may have such a chunk.
      expect((await wire(path, { 'Accept-Encoding': 'br' })).headers['content-encoding'], path).toBeUndefined();
      continue;
    }
    const cases: [string, keyof typeof unpack | undefined][] = [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0.2, gzip;q=0.9', 'gzip'],
      ['br;q=0, gzip;q=0, identity', undefined],
      ['*', 'br'],
      ['*;q=0', undefined],
      ['identity;q=1, gzip;q=0.5', undefined],
      ['GZIP ; Q=1', 'gzip'],
      ['deflate', undefined],
    ];
    for (const [accepted, encoding] of cases) {
      const answer = await wire(path, { 'Accept-Encoding': accepted });
      expect(answer.headers['content-encoding'], `${path}, ${accepted}`).toBe(encoding);
      if (path !== '/' || plain.body.length >= 1024) expect(answer.headers.vary, path).toBe('Accept-Encoding');
      expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
      expect((encoding ? unpack[encoding](answer.body) : answer.body).equals(plain.body), `${path}, ${accepted}`).toBe(true);
      expect(answer.headers.etag === plain.headers.etag, 'each representation has its own tag').toBe(encoding === undefined);
    }
    const brotli = await wire(path, { 'Accept-Encoding': 'br' });
    expect(brotli.body.length).toBeLessThan(0.7 * plain.body.length);
    const again = await wire(path, { 'Accept-Encoding': 'br', 'If-None-Match': brotli.headers.etag! });
    expect([again.statusCode, again.body.length, again.headers.vary]).toEqual([304, 0, 'Accept-Encoding']);
    const head = await wire(path, { 'Accept-Encoding': 'br' }, 'HEAD');
    expect([head.headers['content-length'], head.body.length]).toEqual([brotli.headers['content-length'], 0]);
  }
});

test('weights and byte ranges are never compressed', async () => {
  const accept = { 'Accept-Encoding': 'br, gzip' };
  const weights = await wire('/models/mini/model.safetensors', accept);
  expect(weights.headers['content-encoding']).toBeUndefined();
  expect(weights.headers.vary).toBeUndefined();
  for (const path of ['/models/mini/model.safetensors', '/models/mini/tokenizer.json']) {
    const whole = await wire(path, {});
    const part = await wire(path, { ...accept, Range: 'bytes=100-1099' });
    expect([part.statusCode, part.headers['content-encoding']]).toEqual([206, undefined]);
    expect(part.body).toEqual(whole.body.subarray(100, 1100));
    const resumed = await wire(path, { ...accept, Range: 'bytes=100-1099', 'If-Range': '"another-br"' });
    expect([resumed.statusCode, resumed.body.length], 'a range of another representation is the whole file').toEqual([
      200,
      whole.body.length,
    ]);
  }
});

test('every answer carries the policy, also that of a script, of WebAssembly and of a file that is not there', async () => {
  for (const path of ['/', '/not-there', '/models/mini/config.json', ...(await assets())]) {
    const { headers } = await wire(path, {});
    expect(headers['content-security-policy'], path).toMatch(
      /default-src 'none'.*require-trusted-types-for 'script'; trusted-types default; frame-ancestors 'none'$/,
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  }
});

test('no path leads out of the served folder', async () => {
  const status = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ host: 'localhost', port: new URL(pageUrl).port, path }, (response) => resolve(response.resume().statusCode)).on(
        'error',
        reject,
      );
    });
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/../../package.json', '/%', '/%00']) {
    expect(await status(path), path).toBe(404);
  }
  expect(await status('/index.html')).toBe(200);
});
