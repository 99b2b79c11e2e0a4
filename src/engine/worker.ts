/** The worker: the engine behind Comlink. Calls that come before it is ready wait for it. */
import '../lib/trusted-types.ts';
import { expose } from 'comlink';
import type { EngineApi } from '../protocol/engine.ts';
import { createEngine } from './api/engine.ts';

const ready = createEngine();

/** Every method of the protocol, as a call that first waits for the engine. */
const api = new Proxy({} as EngineApi, {
  get: (_target, name: keyof EngineApi) => {
    return async (...args: never[]) => ((await ready)[name] as (...a: never[]) => unknown)(...args);
  },
});

expose(api);
