/** Downloads alone, for e2e/flows/hub.spec.ts: the engine's Hub functions in a worker of their own, as the engine's worker runs them. */
import { type Remote, wrap } from 'comlink';
import type { HubLab } from './hub-worker.ts';

const worker = new Worker(new URL('./hub-worker.ts', import.meta.url), { type: 'module' });
const lab: Remote<HubLab> = wrap(worker);

Object.assign(globalThis, { lab });
document.body.dataset.ready = 'true';
