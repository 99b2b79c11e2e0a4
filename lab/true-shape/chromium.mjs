/**
 * `npm run check:scale -- chromium`: the whole synthetic model (24 layers, 13.76 GB) opened as a folder in headless Chromium on the software
 * adapter. Prints how far it came, how long it took, and what JavaScript and WebAssembly of the page and its worker needed beyond idle while loading,
 * as the browser counts them (at most 400 MB). The resident memory of the page's process stands beside it: it also holds what is not collected yet,
 * what lies on its way to the GPU's process, and the instruments of this script. The GPU's process holds the weights, here in the machine's memory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { findBrowser, webgpuFlags } from '../../scripts/browser.mjs';
import { root } from '../../scripts/install.mjs';

const ALLOWED = 400e6;
const PORT = 4391;
const folder = join(root, 'node_modules/.cache/scale/full');
const site = 'node_modules/.cache/scale/site';

const made = spawnSync(process.execPath, [join(root, 'scripts/headless.mjs'), 'synthesize', '--out', folder], {
  cwd: root,
  stdio: 'inherit',
});
if (made.status !== 0) process.exit(1);
const vite = join(root, 'node_modules/vite/bin/vite.js');
spawnSync(process.execPath, [vite, 'build', '--outDir', site, '--emptyOutDir', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
const server = spawn(process.execPath, [join(root, 'scripts/serve.mjs'), '--root', site, '--port', String(PORT)], {
  cwd: root,
  stdio: 'ignore',
});
const browser = await chromium.launch({ executablePath: findBrowser(), args: webgpuFlags });
try {
  process.exitCode = (await load()) ? 0 : 1;
} finally {
  await browser.close();
  server.kill();
}

async function load() {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${PORT}/#/model`);
  await page.getByTestId('step-model').and(page.locator('[data-state=ready]')).waitFor({ timeout: 120_000 });
  await page.waitForTimeout(3000);
  const session = await browser.newBrowserCDPSession();
  const idle = { ...(await memory(session)), script: await scripts(page) };
  console.log(`idle       scripts ${mb(idle.script)}, page ${mb(idle.renderer)}, GPU process ${mb(idle.gpu)}`);
  const peaks = { script: 0, renderer: 0 };
  let measuring = false;
  const started = performance.now();
  await page.getByTestId('model-folder').setInputFiles(folder);
  let told = 0;
  while (performance.now() - started < 1_800_000) {
    await page.waitForTimeout(500);
    const now = await memory(session);
    peaks.renderer = Math.max(peaks.renderer, now.renderer);
    if (!measuring) {
      measuring = true;
      scripts(page).then((bytes) => {
        peaks.script = Math.max(peaks.script, bytes);
        measuring = false;
      });
    }
    const seconds = (performance.now() - started) / 1000;
    const words = await page
      .getByTestId('task-model')
      .innerText()
      .catch(() => '');
    if (seconds - told > 20) {
      told = seconds;
      console.log(
        `${seconds.toFixed(0).padStart(5)} s    page ${mb(now.renderer)}, GPU process ${mb(now.gpu)}   ${words.replaceAll('\n', ' ')}`,
      );
    }
    const alert = page.getByTestId('notices-model').getByRole('alert');
    if ((await alert.count()) > 0) return done(`ended with: ${await alert.innerText()}`, seconds, idle, peaks, false);
    const heading = await page
      .getByTestId('model-summary')
      .getByRole('heading', { level: 2 })
      .innerText()
      .catch(() => '');
    if (heading === 'full') return done('loaded whole', seconds, idle, peaks, true);
  }
  return done('not done after half an hour', 1800, idle, peaks, false);
}

function done(how, seconds, idle, peaks, whole) {
  const above = peaks.script - idle.script;
  console.log(`${how} after ${seconds.toFixed(0)} s`);
  console.log(`scripts    ${mb(peaks.script)} at most, ${mb(above)} above idle (allowed ${mb(ALLOWED)})`);
  console.log(`page       ${mb(peaks.renderer)} resident at most, ${mb(peaks.renderer - idle.renderer)} above idle`);
  return whole && peaks.script > 0 && above <= ALLOWED;
}

/** Bytes of JavaScript and WebAssembly, of the page and its worker; the browser answers when it collects. */
async function scripts(page) {
  return page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes);
}

/** Resident bytes of the largest renderer and of the GPU process. */
async function memory(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const of = (type) => Math.max(0, ...processInfo.filter((p) => p.type === type).map(({ id }) => resident(id)));
  return { renderer: of('renderer'), gpu: of('GPU') };
}

function resident(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // the process has just ended
  }
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
