/**
 * Downloads alone, for e2e/flows/hub.spec.ts: the engine's Hub functions in a worker of their own, as the engine's worker runs them.
 * With `?endpoint=E&repository=R&report=ADDRESS` the page fetches and reads that model by itself and reports each phase (e2e/hub/bare-browser.mjs).
 */
import '../../src/lib/trusted-types.ts';
import { type Remote, wrap } from 'comlink';
import type { HubLab } from './hub-worker.ts';

const worker = new Worker(new URL('./hub-worker.ts', import.meta.url), { type: 'module' });
const lab: Remote<HubLab> = wrap(worker);

async function measure(given: { endpoint: string; repository: string }, address: string): Promise<void> {
  const report = (body: object) => fetch(address, { method: 'POST', body: JSON.stringify(body) });
  const began = performance.now();
  await lab.progress(); // the worker is there
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await report({ phase: 'idle' });
  try {
    await lab.fetch({ ...given, revision: 'main' });
    await report({ phase: 'fetch', ms: performance.now() - began });
    const hashes = await lab.read();
    await report({ phase: 'read', hashes });
    await report({ phase: 'end' });
  } catch (error) {
    await report({ phase: 'end', error: String(error) });
  }
}

const asked = new URLSearchParams(location.search);
const address = asked.get('report');
if (address) void measure({ endpoint: asked.get('endpoint')!, repository: asked.get('repository')! }, address);

Object.assign(globalThis, { lab });
document.body.dataset.ready = 'true';
