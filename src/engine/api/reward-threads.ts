/**
 * The page's threads that judge. Python (Pyodide, unmodified files of its package) and QuickJS are fetched from our own origin when a reward needs them, and
 * handed to workers that can fetch nothing themselves.
 */
import quickJsWasm from '@jitl/quickjs-wasmfile-release-sync/wasm?url';
import script from 'pyodide/pyodide.asm.mjs?url';
import wasm from 'pyodide/pyodide.asm.wasm?url';
import loader from 'pyodide/pyodide.mjs?url';
import library from 'pyodide/python_stdlib.zip?url';
import { MotherTongueError } from '../../lib/errors.ts';
import type { RewardThreads } from '../rewards/score.ts';
import { workerThread } from '../rewards/worker-thread.ts';

const here = (address: string): string => new URL(address, self.location.href).href;

export const rewardThreads: RewardThreads = {
  judge: () => workerThread(new Worker(new URL('../reward-worker.ts', import.meta.url), { type: 'module', name: 'rewards' })),
  own: {
    wasm: () => compiled(quickJsWasm),
    thread: () => workerThread(new Worker(new URL('../own-reward-worker.ts', import.meta.url), { type: 'module', name: 'own-reward' })),
  },
  python: {
    files: async () => ({
      loader: here(loader),
      script: here(script),
      folder: here('./'),
      wasm: await compiled(wasm),
      library: new Uint8Array(await (await fetched(library)).arrayBuffer()),
    }),
    thread: () => workerThread(new Worker(new URL('../python-worker.ts', import.meta.url), { type: 'module', name: 'python' })),
  },
};

async function compiled(address: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await (await fetched(address)).arrayBuffer());
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(here(address)).catch(() => null);
  if (response?.ok) return response;
  throw new MotherTongueError('StateError', `${address} could not be fetched from this page's own address; reload the page and try again.`);
}
