/**
 * Threads that judge, under Node: worker threads, with Python and QuickJS from the packages' own files. A thread's program is built beside the runner's; tests
 * give the folder of theirs.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { RewardThreads } from '../engine/rewards/score.ts';
import type { Thread } from '../engine/rewards/thread.ts';

export function nodeRewardThreads(folder = dirname(process.argv[1]!)): RewardThreads {
  const resolve = createRequire(join(folder, 'reward-thread.js')).resolve;
  const start = (kind: string) => nodeThread(join(folder, 'reward-thread.js'), kind);
  const compiled = async (file: string) => WebAssembly.compile(await readFile(resolve(file)));
  const address = (file: string) => pathToFileURL(resolve(file)).href;
  return {
    judge: () => start('judge'),
    own: { wasm: () => compiled('@jitl/quickjs-wasmfile-release-sync/wasm'), thread: () => start('own') },
    python: {
      files: async () => ({
        loader: address('pyodide/pyodide.mjs'),
        script: address('pyodide/pyodide.asm.mjs'),
        folder: dirname(resolve('pyodide/pyodide.mjs')),
        wasm: await compiled('pyodide/pyodide.asm.wasm'),
        library: new Uint8Array(await readFile(resolve('pyodide/python_stdlib.zip'))),
      }),
      thread: () => start('python'),
    },
  };
}

/** Without the environment and the output of this process. */
function nodeThread(file: string, kind: string): Thread {
  const worker = new Worker(file, { workerData: kind, env: {}, stdin: true, stdout: true, stderr: true });
  return {
    post: (message) => worker.postMessage(message),
    listen: ({ answer, fail }) => {
      worker.on('message', answer);
      worker.on('error', (error) => fail(error.message));
      worker.on('exit', () => fail('it ended itself'));
    },
    end: () => void worker.terminate(),
  };
}
