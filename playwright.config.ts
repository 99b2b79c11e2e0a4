/**
 * End-to-end tests in a real Chromium, against fresh builds served by our own server. Two projects: `webgpu` runs on SwiftShader, and
 * `no-webgpu` (files `*.no-webgpu.spec.ts`) in a browser that was started without those flags. One worker: two cores, one software GPU.
 *
 * The page under test is at the base URL; the lab pages (lab/pages: parts of the engine alone, with e2e/fixtures beside them) at `labUrl`.
 */
import { defineConfig } from '@playwright/test';
import { labUrl, pageUrl } from './e2e/flows/addresses.ts';
import { findBrowser, webgpuFlags } from './scripts/browser.mjs';

const viteBuild = 'node node_modules/vite/bin/vite.js build --logLevel warn';
const server = (url: string, command: string) => ({
  url,
  command,
  timeout: 180_000,
  reuseExistingServer: !process.env.CI,
  stdout: 'ignore' as const,
});
const port = (url: string) => new URL(url).port;

export default defineConfig({
  testDir: 'e2e/flows',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  retries: 1, // what passes only then is named at the end of `npm test`
  timeout: 240_000, // none takes a third of it on two quiet cores; one that hangs, and is run again, must not take the others' time
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    baseURL: pageUrl,
    viewport: { width: 1280, height: 720 },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findBrowser() },
  },
  projects: [
    {
      name: 'webgpu',
      testIgnore: '**/*.no-webgpu.spec.ts',
      use: { launchOptions: { executablePath: findBrowser(), args: webgpuFlags } },
    },
    { name: 'no-webgpu', testMatch: '**/*.no-webgpu.spec.ts' },
  ],
  webServer: [
    server(pageUrl, `${viteBuild} && node scripts/serve.mjs --port ${port(pageUrl)}`),
    server(`${labUrl}peer.html`, `${viteBuild} --mode lab && node scripts/serve.mjs --root dist-lab --port ${port(labUrl)}`),
  ],
});
