/** Our own server: cross-origin isolation for WebAssembly threads, byte ranges for weights, nothing outside its root. */
import { get } from 'node:http';
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
