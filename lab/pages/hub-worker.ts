/** The worker of the hub lab: a engine without a GPU over the true private file system. */
import { expose } from 'comlink';
import { createSHA256 } from 'hash-wasm';
import { EngineState } from '../../src/engine/api/engine-state.ts';
import { deleteCachedModel, hubDirectory, hubOffer, listCachedModels, pauseDownload } from '../../src/engine/api/hub.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { openOpfsDisk } from '../../src/engine/files/hub/opfs-disk.ts';
import type { Directory } from '../../src/engine/files/source.ts';
import type { EngineEvent } from '../../src/protocol/engine.ts';
import type { CachedModel, HubOffer, HubRepository } from '../../src/protocol/model.ts';

const ROOT = 'mother-tongue-models';
/** What loading reads at once (models/load.ts). */
const PIECE = 16 * 2 ** 20;

export interface HubLab {
  offer(given: HubRepository): Promise<HubOffer>;
  /** Fetches and opens; rejects as loading would. */
  fetch(given: HubRepository & { commit?: string }): Promise<string[]>;
  /** SHA-256 of every file, read through the open directory piece by piece. */
  read(): Promise<Record<string, string>>;
  close(): Promise<void>;
  /** The latest progress. */
  progress(): Promise<{ done: number; total: number; labels: string[] }>;
  pause(paused: boolean): Promise<void>;
  cancel(): Promise<void>;
  list(): Promise<CachedModel[]>;
  remove(id: string): Promise<void>;
  /** Flips one byte of a file of a cached model, behind everybody's back. */
  corrupt(id: string, file: string, at: number): Promise<void>;
}

const ready = openOpfsDisk(ROOT).then((models) => new EngineState({ files: memoryStore(), models }));
let models: CachedModel[] = [];
let state: { done: number; total: number; labels: string[] } = { done: 0, total: 0, labels: [] };
let directory: Directory | undefined;

ready.then((engine) => {
  engine.emit = (event: EngineEvent) => {
    if (event.type === 'cached-models') models = event.models;
    if (event.type === 'progress') {
      const labels = state.labels.at(-1) === event.label ? state.labels : [...state.labels, event.label];
      state = { done: event.done, total: event.total, labels };
    }
  };
});

const lab: HubLab = {
  offer: async (given) => hubOffer(await ready, given),
  fetch: async (given) => {
    const engine = await ready;
    directory = await engine.task('model', 'Loading the model', 'bytes', (signal, progress) =>
      hubDirectory(engine, given, signal, progress),
    );
    return directory.list();
  },
  read: async () => {
    const hashes: Record<string, string> = {};
    for (const path of directory!.list()) {
      const source = directory!.open(path);
      const hash = await createSHA256();
      for (let at = 0; at < source.size; at += PIECE) hash.update(await source.read(at, Math.min(PIECE, source.size - at)));
      hashes[path] = hash.digest();
    }
    return hashes;
  },
  close: async () => directory?.close?.(),
  progress: async () => state,
  pause: async (paused) => pauseDownload(await ready, paused),
  cancel: async () => (await ready).cancel('model'),
  list: async () => {
    await listCachedModels(await ready);
    return models;
  },
  remove: async (id) => deleteCachedModel(await ready, id),
  corrupt: async (id, file, at) => {
    const folder = await (await ready).models!.folder(id);
    const data = await folder.open(file, 'write');
    const byte = new Uint8Array(1);
    data.read(byte, at);
    byte[0] = byte[0]! ^ 0xff;
    data.write(byte, at);
    data.close();
  },
};

expose(lab);
