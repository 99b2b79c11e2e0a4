/** The ONNX peer in a real browser: the exported fixture answers with PyTorch's greedy tokens, on WebAssembly and on WebGPU, all files from our origin. */
import { readFileSync } from 'node:fs';
import type { DecodeLab } from '../../lab/pages/decode.ts';
import type { PeerLab } from '../../lab/pages/peer.ts';
import type { Message } from '../../src/protocol/conversation.ts';
import { expect, labUrl, test } from './support.ts';

declare const lab: PeerLab & DecodeLab;

interface Goldens {
  max_new_tokens: number;
  cases: { messages: Message[]; ids: number[]; text: string }[];
}

const goldens = JSON.parse(readFileSync(new URL('../fixtures/onnx/goldens.json', import.meta.url), 'utf8')) as Goldens;
const question = goldens.cases[0]!.messages;

test.beforeEach(async ({ page }) => {
  await page.goto(`${labUrl}peer.html`);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
});

for (const device of ['wasm', 'webgpu'] as const) {
  test(`greedy tokens equal PyTorch's on ${device}`, async ({ page }) => {
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    const loaded = await page.evaluate((on) => lab.load(on), device);
    expect(loaded).toEqual({ name: 'tiny-llama', device, dtype: 'fp32', bytes: 426526 });
    const cases = device === 'wasm' ? goldens.cases : goldens.cases.slice(-1); // SwiftShader compiles the runtime's shaders anew for each shape
    for (const { messages, ids, text } of cases) {
      const answer = await page.evaluate(([asked, limit]) => lab.ask(asked, limit), [messages, goldens.max_new_tokens] as const);
      expect(answer).toEqual({ ids, text, stop: 'eos', streamed: text });
    }
    expect([...hosts].filter((host) => host !== '' && host !== new URL(labUrl).host)).toEqual([]);
  });
}

test('a seed repeats its sample, another differs; the token limit and a cancel stop', async ({ page }) => {
  await page.evaluate(() => lab.load('wasm'));
  const sample = (seed: number) => page.evaluate(([asked, s]) => lab.ask(asked, 24, 3, s), [question, seed] as const);
  const [first, again, other] = [await sample(1), await sample(1), await sample(2)];
  expect(again.ids).toEqual(first.ids);
  expect(other.ids).not.toEqual(first.ids);

  const greedy = goldens.cases[0]!.ids;
  const short = await page.evaluate((asked) => lab.ask(asked, 3), question);
  expect(short).toMatchObject({ stop: 'length', ids: greedy.slice(0, 3) });
  const cancelled = await page.evaluate((asked) => lab.cancelEarly(asked, 40), question);
  expect(cancelled.stop).toBe('cancelled');
  expect(cancelled.ids).toEqual(greedy.slice(0, cancelled.ids.length));
  expect(cancelled.ids.length).toBeLessThan(greedy.length);
});

test('a folder without its ONNX file or tokenizer is refused in one sentence', async ({ page }) => {
  const refusal = (leaveOut: string) =>
    page.evaluate((path) => lab.load('wasm', path).then(String, (error: Error) => error.message), leaveOut);
  expect(await refusal('onnx/model.onnx')).toBe('tiny-llama has no ONNX model; a transformers.js export has one at onnx/model.onnx.');
  expect(await refusal('tokenizer.json')).toContain('tiny-llama has no tokenizer.json');
});

test('the Llama of the benchmark gives the same ids in both its forms', async ({ page }) => {
  await page.goto(`${labUrl}decode.html`);
  await expect(page.locator('body')).toHaveAttribute('data-ready', 'true');
  const shape = { vocab: 512, hidden: 64, inner: 128, layers: 2, heads: 4, kv_heads: 2, head_dim: 16 };
  const figures = await page.evaluate((of) => lab.measure(of, 24, 1, ['wasm']), shape);
  expect(figures).toMatchObject({ same_ids: true, onnx_webgpu: null, new_tokens: 24 });
  expect(figures.onnx_wasm).toBeGreaterThan(0);
});
