/** The protocol's EngineApi over a desk. No logic: one line a method. */
import type { EngineApi } from '../../protocol/engine.ts';
import { type ByteStore, memoryStore } from '../files/byte-store.ts';
import type { Disk } from '../files/hub/disk.ts';
import { openOpfsDisk } from '../files/hub/opfs-disk.ts';
import { openOpfsStore } from '../files/opfs.ts';
import { exportAdapter, importAdapter, removeAdapter } from './adapter.ts';
import { ask } from './asking.ts';
import { readDataset, row, rows, tokenStatistics } from './data.ts';
import { Desk } from './desk.ts';
import { openDevice, selfTest } from './device.ts';
import { deleteCachedModel, hubOffer, listCachedModels, pauseDownload } from './hub.ts';
import { loadModel } from './model.ts';
import { loadPeer, removePeer } from './peers.ts';
import { answerPlan } from './planning.ts';
import { readiness } from './readiness.ts';
import { reopenDevice } from './recovery.ts';
import { pause, resume, stop, train } from './training.ts';

export async function createEngine(): Promise<EngineApi> {
  const desk = new Desk({
    files: await openFiles(),
    models: await openModels(),
    locks: navigator.locks,
    ...(navigator.gpu && { webgpu: navigator.gpu }),
  });
  return {
    start: async (listen) => {
      desk.emit = listen;
      await openDevice(desk, self.isSecureContext);
    },
    selfTest: () => selfTest(desk),
    reopenDevice: () => reopenDevice(desk),
    loadModel: (source) => loadModel(desk, source),
    hubOffer: (repository) => hubOffer(desk, repository),
    pauseDownload: (paused) => pauseDownload(desk, paused),
    listCachedModels: () => listCachedModels(desk),
    deleteCachedModel: (id) => deleteCachedModel(desk, id),
    plan: (question) => answerPlan(desk, question),
    readDataset: (source, mapping) => readDataset(desk, source, mapping),
    rows: (start, count) => rows(desk, start, count),
    row: (number, settings) => row(desk, number, settings),
    tokenStatistics: (settings) => tokenStatistics(desk, settings),
    readiness: (settings, gpu_bytes = null) => readiness(desk, settings, gpu_bytes),
    train: (settings) => train(desk, settings),
    pause: () => pause(desk),
    resume: () => resume(desk),
    stop: () => stop(desk),
    ask: (request) => ask(desk, request),
    cancelAsk: async () => desk.asking?.abort(),
    cancel: async (task) => desk.cancel(task),
    loadPeer: (source) => loadPeer(desk, source),
    removePeer: () => removePeer(desk),
    exportAdapter: () => exportAdapter(desk),
    importAdapter: (source) => importAdapter(desk, source),
    removeAdapter: () => removeAdapter(desk),
  };
}

/** Private windows and some embedded pages have no private file system: then nothing survives a reload, and everything else works. */
async function openFiles(): Promise<ByteStore> {
  try {
    return await openOpfsStore('mother-tongue');
  } catch {
    return memoryStore();
  }
}

async function openModels(): Promise<Disk | null> {
  try {
    return await openOpfsDisk('mother-tongue-models');
  } catch {
    return null;
  }
}
