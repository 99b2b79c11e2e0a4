/**
 * `npm run bench`: the headless runner's benchmarks (`--out` is passed on), then in Chromium, a JSON line each: the f32 matrix product beside jax-js, and
 * decoding of the same tiny and small Llama beside transformers.js (ONNX Runtime Web on WebGPU and on WebAssembly), tokens a second.
 * `npm run bench -- --suite kernels|experts|decode|token|train|scale` runs that suite alone (scale, some minutes long, only so);
 * `--browser-only` runs the second part alone; `--gpu` uses the machine's own GPU in Chromium instead of SwiftShader.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findBrowser, webgpuFlags } from './browser.mjs';
import { installPackages, root, run } from './install.mjs';
import { serve } from './serve.mjs';
import { ensureBrowser } from './tools.mjs';

const own = ['--browser-only', '--gpu'];
const asked = process.argv.slice(2);

/** Random weights, 0.1 and 8 million. */
const llamas = [
  ['tiny', { vocab: 512, hidden: 64, inner: 128, layers: 2, heads: 4, kv_heads: 2, head_dim: 16 }, 32, 3],
  ['small', { vocab: 2048, hidden: 384, inner: 1024, layers: 4, heads: 6, kv_heads: 2, head_dim: 64 }, 16, 2],
];

installPackages({ development: true });
if (!asked.includes('--browser-only')) {
  const headless = [join(root, 'scripts/headless.mjs'), 'bench', ...asked.filter((argument) => !own.includes(argument))];
  const { status } = spawnSync(process.execPath, headless, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
if (!asked.includes('--suite')) {
  if (!ensureBrowser()) process.exit(1);
  run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--mode', 'lab', '--logLevel', 'warn'], 2);
  await inChromium('matmul', async (page) => {
    print({ benchmark: 'matmul f32, GFLOP/s in Chromium', ...(await page.evaluate(() => globalThis.lab.measure(512, 12))) });
  });
  await inChromium('decode', async (page) => {
    for (const [name, shape, newTokens, rounds] of llamas) {
      const figures = await page.evaluate((given) => globalThis.lab.measure(...given), [shape, newTokens, rounds, ['webgpu', 'wasm']]);
      print({ benchmark: `decode of a ${name} Llama in f32, tokens/s in Chromium`, ...figures });
    }
  });
}

function print(line) {
  console.log(JSON.stringify(line));
}

/** Opens a page of lab/pages. */
async function inChromium(name, measure) {
  const { chromium } = await import('@playwright/test');
  const server = await serve({ root: join(root, 'dist-lab'), port: 4275 });
  const args = asked.includes('--gpu') ? ['--enable-unsafe-webgpu', '--enable-features=Vulkan'] : webgpuFlags;
  const browser = await chromium.launch({ executablePath: findBrowser(), args });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}lab/pages/${name}.html`);
    await page.waitForSelector('body[data-ready]', { state: 'attached' });
    await measure(page);
  } finally {
    await browser.close();
    server.close();
  }
}
