/**
 * One configuration for the page (`vite build`), its development server and the headless runner (`vite build --ssr`, scripts/headless.mjs).
 * Mode `lab` builds the pages of lab/pages instead: test and benchmark pages that run a part of the engine alone in a real browser.
 *
 * onnxruntime-web comes without an embedded copy of its WebAssembly (the condition below); src/engine/peer serves that file from our own origin.
 */
import { readdirSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { contentPolicy, isolationHeaders } from './scripts/headers.mjs';

/** Behind the charset, which must come first, and before any script. The development server writes scripts into the page and goes without. */
const policyInMeta: Plugin = {
  name: 'policy-in-meta',
  apply: 'build',
  transformIndexHtml: (html) =>
    html.replace(/<meta charset="utf-8" \/>/, `$&\n    <meta http-equiv="Content-Security-Policy" content="${contentPolicy}" />`),
};

export default defineConfig(({ mode, isSsrBuild }) => ({
  base: './',
  publicDir: mode === 'lab' ? 'e2e/fixtures' : 'public',
  plugins: [react(), policyInMeta],
  resolve: isSsrBuild ? {} : { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  worker: { format: 'es' },
  server: { headers: isolationHeaders },
  build: {
    target: 'es2023',
    outDir: mode === 'lab' ? 'dist-lab' : 'dist',
    chunkSizeWarningLimit: 1024,
    copyPublicDir: !isSsrBuild,
    rolldownOptions: {
      checks: { pluginTimings: false },
      ...(mode === 'lab' && { input: labPages() }),
      ...(isSsrBuild && { input: headlessPrograms }),
    },
  },
}));

/** The runner, and the program of its threads that judge. */
const headlessPrograms = { main: 'src/headless/main.ts', 'reward-thread': 'src/headless/reward-thread.ts' };

function labPages() {
  return readdirSync('lab/pages')
    .filter((name) => name.endsWith('.html'))
    .map((name) => `lab/pages/${name}`);
}
