/**
 * `npm run bench`: the headless runner's benchmarks (`--out` is passed on), then the f32 matrix product beside jax-js in Chromium, as one JSON line.
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

installPackages({ development: true });
if (!asked.includes('--browser-only')) {
  const headless = [join(root, 'scripts/headless.mjs'), 'bench', ...asked.filter((argument) => !own.includes(argument))];
  const { status } = spawnSync(process.execPath, headless, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
if (!asked.includes('--suite')) {
  if (!ensureBrowser()) process.exit(1);
  run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--mode', 'lab', '--logLevel', 'warn'], 2);
  console.log(JSON.stringify({ benchmark: 'matmul f32, GFLOP/s in Chromium', ...(await matmul()) }));
}

async function matmul() {
  const { chromium } = await import('@playwright/test');
  const server = await serve({ root: join(root, 'dist-lab'), port: 4275 });
  const args = asked.includes('--gpu') ? ['--enable-unsafe-webgpu', '--enable-features=Vulkan'] : webgpuFlags;
  const browser = await chromium.launch({ executablePath: findBrowser(), args });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}lab/pages/matmul.html`);
    await page.waitForSelector('body[data-ready]', { state: 'attached' });
    return await page.evaluate(() => globalThis.lab.measure(512, 12));
  } finally {
    await browser.close();
    server.close();
  }
}
